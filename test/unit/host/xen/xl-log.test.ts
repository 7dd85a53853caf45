import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  describeShutdown,
  findDomainNumber,
  isDomainGone,
  isDomainKept,
} from '../../../../host/xen/xl-log.ts';

const built = `Parsing config from /m/domain.cfg
Waiting for domain firstborn-5308b0e0523ffbd7 (domid 12) to die [pid 190]
`;
const crashed = `${built}Domain 12 has shut down, reason code 3 0x3
Action for shutdown reason code 3 is preserve
Done. Exiting now
`;
const ended = (reason: number): string => `${built}Domain 12 has shut down, reason code ${reason} 0x${reason}
Action for shutdown reason code ${reason} is destroy
Domain 12 needs to be cleaned up: destroying the domain
Done. Exiting now
`;

describe('the log of xl', () => {
  it('has the number of the domain once it is built', () => {
    assert.equal(findDomainNumber('Parsing config from /m/domain.cfg\n'), undefined);
    assert.equal(findDomainNumber(built), 12);
  });

  it('says whether the domain is gone', () => {
    assert.equal(isDomainGone(built), false);
    assert.equal(isDomainGone(ended(0)), true);
    assert.equal(isDomainGone(`${built}Domain 12 has been destroyed.\n`), true);
    assert.equal(isDomainGone(crashed), false);
  });

  it('says whether the domain is kept behind its end', () => {
    assert.equal(isDomainKept(crashed), true);
    assert.equal(isDomainKept(ended(3)), false);
    assert.equal(isDomainKept(built), false);
  });

  it('says how the guest has ended', () => {
    assert.equal(describeShutdown(built), undefined);
    assert.equal(describeShutdown(ended(0)), "Guest powered off without a word (Xen's reason code 0)");
    assert.equal(describeShutdown(ended(3)), "Guest crashed (Xen's reason code 3)");
    assert.equal(describeShutdown(crashed), "Guest crashed (Xen's reason code 3)");
    assert.equal(describeShutdown(ended(9)), "Guest shut down in an unknown way (Xen's reason code 9)");
    assert.equal(
      describeShutdown(`${built}Domain 12 has been destroyed.\n`),
      'Domain was destroyed from outside',
    );
  });
});
