/** The chain that every client meets: a plain subnet with short epochs, and one with commit-reveal. */

/** Blocks of an epoch with commit-reveal: long enough that a client's commit and the next block are in the same one. */
export const REVEAL_TEMPO = 1_000;
export const TEMPO = 10;
/** In blocks: more than pass between two steps of a script. */
export const WEIGHTS_RATE_LIMIT = 100;

const neurons = [
  { hotkey: "//Owner/hot", coldkey: "//Owner" },
  { hotkey: "//Val/hot", coldkey: "//Val", stakeTao: 1_000, axon: { ip: "203.0.113.1", port: 8_090 } },
  { hotkey: "//Miner1/hot", coldkey: "//Miner1" },
  { hotkey: "//Miner2/hot", coldkey: "//Miner2" },
];
const subnet = { owner: "//Owner", weightsRateLimit: WEIGHTS_RATE_LIMIT, maxUids: 64, neurons };

export const GENESIS = {
  blockTimeMs: 250,
  accounts: ["//Alice", "//Bob", "//Owner", "//Val", "//Miner1", "//Miner2"].map((uri) => ({
    uri,
    tao: 10_000,
  })),
  subnets: [
    { netuid: 1, tempo: TEMPO, commitReveal: false, ...subnet },
    { netuid: 2, tempo: REVEAL_TEMPO, commitReveal: true, ...subnet, weightsRateLimit: 0 },
  ],
};

/** Addresses of the neurons' hotkeys, by uid. */
export const HOTKEYS = [
  "5CmM3QqrYXZywVDXKhdNP3qAA2P2PJ1dW4J2cAVy2pFSc8Wy",
  "5Hh1mpPS87oQVTQdp6UyrWceZ2o8UXWXK6i2U1T413DeUhHQ",
  "5DeppPEFisk1BkmDULf4QoK8xTV1Ev8jSHLWwHegyqd6cjrN",
  "5Ey4hhYQKjzhpviJAVnvVG43jzaTD9wTpRxmJKYS1HVQvSiu",
];

/** What weights of 1 to 3 on miners 2 and 3 become: the chain scales the largest up to 65,535. */
export const ONE_TO_THREE = [
  [2, 21_845],
  [3, 65_535],
];

/** Blocks that pass before a client comes: validators with stake hold a permit by then, and new weights may be set. */
export const HEAD_START = 120;
