/**
 * What a sick echo server's answers begin with, over TCP and UDP: an answer begins with the name of a node, and none can
 * begin so.
 */
export const SICK_SIGN = '!';
