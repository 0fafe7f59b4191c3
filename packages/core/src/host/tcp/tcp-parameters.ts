import { MILLISECOND, type Nanoseconds, SECOND } from '../../engine/index.js';

// What Linux 6.12 uses where nothing else is set (include/net/tcp.h, net/ipv4/tcp_ipv4.c `tcp_sk_init`).

/** The retransmission timeout before anything was measured (TCP_TIMEOUT_INIT; RFC 6298 §2.1). */
export const RTO_INITIAL: Nanoseconds = SECOND;
/** The least variance term of a retransmission timeout (TCP_RTO_MIN): Linux adds it to the round-trip time. */
export const RTO_MIN: Nanoseconds = 200 * MILLISECOND;
/** The longest retransmission timeout (TCP_RTO_MAX). */
export const RTO_MAX: Nanoseconds = 120 * SECOND;
/** The timeout of a connection whose handshake took a retransmission and measured nothing (TCP_TIMEOUT_FALLBACK). */
export const RTO_FALLBACK: Nanoseconds = 3 * SECOND;
/** The shortest span that a timer is set to (TCP_TIMEOUT_MIN: two ticks, HZ=250). */
export const TIMEOUT_MIN: Nanoseconds = 8 * MILLISECOND;
/** What a tail probe of several segments waits beyond two round trips (TCP_TIMEOUT_MIN_US). */
export const TAIL_PROBE_MIN: Nanoseconds = 2 * MILLISECOND;
/** Segments that a new connection may send (TCP_INIT_CWND; RFC 6928). */
export const INITIAL_CWND = 10;
/** Duplicate acknowledgements that count as a loss (tcp_reordering; RFC 5681 §3.2). */
export const DUPLICATE_THRESHOLD = 3;
/** TCP_ATO_MIN, TCP_DELACK_MIN: the shortest delay of an acknowledgement. */
export const DELAYED_ACK_MIN: Nanoseconds = 40 * MILLISECOND;
/** TCP_DELACK_MAX: the longest delay of an acknowledgement. */
export const DELAYED_ACK_MAX: Nanoseconds = 200 * MILLISECOND;
/** Segments that are acknowledged at once at the beginning (TCP_MAX_QUICKACKS). */
export const MOST_QUICK_ACKS = 16;
/** TCP_TIMEWAIT_LEN. */
export const TIME_WAIT: Nanoseconds = 60 * SECOND;
/** How often a closed socket's data is sent again (`tcp_orphan_retries` with tcp_orphan_retries 0). */
export const ORPHAN_RETRIES = 8;
/** From a challenge ACK of a socket to the next (tcp_invalid_ratelimit). */
export const CHALLENGE_PERIOD: Nanoseconds = 500 * MILLISECOND;
/** net.core.somaxconn, the most connections that wait to be accepted. */
export const BACKLOG = 4096;
/** net.ipv4.ip_local_port_range. */
export const FIRST_EPHEMERAL_PORT = 32_768;
export const LAST_EPHEMERAL_PORT = 60_999;

/** The window scale that Linux asks for with the usual tcp_rmem (131 072, at most 6 MiB). */
export const WINDOW_SCALE = 7;
/** What Linux offers in a SYN with an MSS of 1460: 44 segments, of the 65 535 bytes of half the buffer. */
export const ACTIVE_WINDOW = 64_240;
/** What it offers in a SYN-ACK, where the timestamps are agreed: 45 segments of 1448. */
export const PASSIVE_WINDOW = 65_160;
/** Bytes that a socket takes in before it has sent them; tcp_wmem grows to so much on a LAN (`tcp_sndbuf_expand`). */
export const SEND_BUFFER = 262_144;
/** TCP_MIN_MSS: no offer is believed that is lower. */
export const MIN_MSS = 88;
/** What an end takes that says nothing, and what counts as a full segment before one has come (TCP_MSS_DEFAULT; `tcp_initialize_rcv_mss`). */
export const DEFAULT_MSS = 536;
/** Bytes of the timestamps option in every segment (TCPOLEN_TSTAMP_ALIGNED). */
export const TIMESTAMPS_LENGTH = 12;
