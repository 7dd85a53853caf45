/** Words that make a machine's name when nobody gives it one. Short, plain, and hard to mistype. */

export const adjectives = (
  'amber bold brave brisk calm clear cosy deft dry early fair fast fond free fresh gentle glad golden happy ' +
  'honest jolly keen kind light lively lucky mellow merry mild neat nimble noble plain polite proud quick quiet ' +
  'ready rosy round rustic silent silver simple sleek smart snug sober solid spry stable steady still sturdy ' +
  'sunny sweet swift tidy tranquil true vivid warm wise witty'
).split(' ');

export const nouns = (
  'acorn alder badger beaver birch bison brook cedar clover crane cricket dove eagle elm falcon fern finch fox ' +
  'gecko hare hazel heron ibex ivy jay kestrel koala lark lemur lily linden lotus lynx maple marten meadow mole ' +
  'moose newt oak orca osprey otter owl panda pear pine plover poplar puffin quail raven robin rowan seal sparrow ' +
  'swan tern thistle thrush tulip walnut willow wren yak'
).split(' ');
