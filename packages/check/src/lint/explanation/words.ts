/** The words of reports and verdicts, each in a sentence or two. */
export const WORDS: Readonly<Record<string, string>> = {
  owner:
    'A running host whose kernel holds the virtual address, and answers for it, with its interface up. The own lane of a run counts owners.',
  dual: 'Two or more owners of one address at once that can reach a common segment. A handover has a dual time of up to two latencies (a budget, printed beside it); longer is a finding.',
  headless:
    'No owner at all, after there was one. A failover is headless for up to a Master_Down_Interval and one latency (the budget); longer is a finding.',
  landing:
    "Where a frame from a client to the virtual address would arrive now, by the client's ARP entry and the switches' CAM tables. It can be somewhere else than the owner, and nowhere: a black hole.",
  'black-hole':
    "A client's frames arrive nowhere, or at a host that does not hold the address, although somebody owns it: the ARP entry points to a MAC address that has gone. It ends with a gratuitous ARP, or when the entry has aged: up to 53 s on Linux (45 s reachable at most, 5 s delay, 3 probes of 1 s).",
  cause:
    'An action in the schedule (power-off, unplug, …), or a nuisance that a check may use (a lost frame, a delay).',
  caused:
    'A handover is caused if it follows a disruptive cause or a repair within the settling time of the protocol. Each cause pays for at most one handover of each address; the next one is a flap.',
  handover:
    'A change from one settled owner, or landing, to another. What happens within the dual budget belongs to the same handover.',
  flap: 'A handover without a cause, or a second one for the same cause.',
  'flap-free':
    'No flap and no flux, dual and headless within their budgets, and after the last cause one owner on which every client lands.',
  flux: "A landing that alternates between owners without a cause: the clients' ARP entries, or the CAM tables, move to and fro.",
  settled:
    'An owner, or a landing, is settled when it has lasted longer than the dual budget. A run is unsettled if at its end it has not settled in one owner with every client on it.',
  cure: 'One change of configuration. lint proposes it from the files; check proposes only what it has checked again with the same bounds.',
  proved:
    'Every run within the bounds was explored; the bounds are printed, and whether the state space closed on itself, which makes it hold for all time.',
  held: 'So many random runs found nothing. Not a proof: their number and what they covered is printed.',
  broken:
    'A counterexample was found, and shrunk to the fewest causes and the roundest instants; a token replays it.',
  inconclusive:
    'The thing of interest never happened in what was looked at, so nothing can be said about it; or less was reached than --require asks for.',
  token: 'vl2-LAB-CHOICES: what to type after viplab run --replay to get a run again, from the same files.',
};
