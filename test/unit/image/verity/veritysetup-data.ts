/** What veritysetup(8) 2.6.1 makes of known data, with the salt and the UUID that `appendHashTree` gives it. */
export const veritysetupTrees = [
  {
    blocks: 1,
    rootHash: '2647d145f1fa8ec6b888f3ad20f772d7c7f54637ad98b31a0ca0a5f0c5edf448',
    hashArea: '2026e730a727eba621fb2f80fd06c7a30b393452f84d8b190b9a3338947ecde2',
  },
  {
    blocks: 2,
    rootHash: '395bbd6a29658319afaa145ae178c284ea30760b9c30815506d692ccc2aca957',
    hashArea: 'fcaa826477000007d50690ef35f2479062ce9d8e93c5fbab3dfcaf663c9ee50a',
  },
  {
    blocks: 128,
    rootHash: 'e6e22fc42a5c4b13fb3b28801315c03113a6e6a78675d48c747f1b98dfbfdacd',
    hashArea: '87161bf4c0ac371865435ca058a670624245a8a49cd68b3a75603c00ddac5b6b',
  },
  {
    blocks: 129,
    rootHash: '1794c3dc16f7971f71356bb96d958b19b7e0ce0679c4a7184157e7c16d0aa557',
    hashArea: 'b1271876b45973bef5c9bf438b70b7185d67f50b5400456a791fb621ba405d46',
  },
  {
    blocks: 16385,
    rootHash: '557fc5b920ed28a4817a1e8cc97c35b71da8153f133400e27183bf8d21358758',
    hashArea: 'dcc60104e8db165034379faa2c2a85b1adf8e618f8e19b2e5bed8d9b9881d55e',
  },
] as const;

/** The data: blocks of zeros, in each a number at another place. */
export function knownData(blocks: number): Buffer {
  const data = Buffer.alloc(blocks * 4096);
  for (let block = 0; block < blocks; block += 1) {
    data.writeUInt32LE((block * 2654435761) % 2 ** 32, block * 4096 + (block % 1000) * 4);
  }
  return data;
}
