/** How many words follow a keyword of ifconfig(8); `optional`: one, unless the next word is a keyword. */
export type Arity = 0 | 1 | 2 | 'optional';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

function table(arities: Readonly<Record<string, string>>): ReadonlyMap<string, Arity> {
  const entries = Object.entries(arities).flatMap(([arity, names]) =>
    words(names).map((name) => [name, arity === 'optional' ? arity : (Number(arity) as Arity)] as const),
  );
  return new Map(entries);
}

/** The keywords of OpenBSD's ifconfig (`cmds[]`, ifconfig.c). */
export const OPENBSD_KEYWORDS = table({
  0: `up down arp -arp debug -debug alias -alias delete -nwid -joinlist -bssid -nwkey wpa -wpa -wpakey -chan -vnetid
    -parent -vlan -vlandev autoconf -autoconf anycast -anycast tentative -tentative eui64 temporary -temporary soii
    -soii monitor -monitor tcprecvoffload -tcprecvoffload tcplro -tcplro -powersave -rtlabel -rdomain staticarp
    -staticarp mpls -mpls -mplslabel pwecw -pwecw pwefat -pwefat -pweneighbor -carppeer -carpdev -syncdev -syncif
    -syncpeer defer -defer -tunnel -tunneldomain tunneldf -tunneldf tunnelecn -tunnelecn vnetflowid -vnetflowid
    -pppoesvc -pppoeac -flowsrc -flowdst -inet -inet6 -keepalive flush flushall addr -description -descr wol -wol -apn
    -class roaming -roaming -patch sffdump -wgpsk -wgdescription -wgdescr -wgpeerall destroy link0 -link0 link1 -link1
    link2 -link2 -mode create`,
  1: `netmask mtu nwid join -join bssid nwkey wpaakms wpaciphers wpagroupcipher wpaprotos wpakey broadcast prefixlen
    vnetid parent vlan vlandev group -group trunkport -trunkport trunkproto lacpmode lacptimeout pltime vltime metric
    priority rtlabel rdomain mplslabel advbase advskew carppeer pass vhid state carpdev carpnodes balancing syncdev
    syncif syncpeer maxupd tunneladdr tunneldomain tunnelttl txprio rxprio pppoedev pppoesvc pppoeac authproto authname
    authkey peerproto peername peerkey peerflag -peerflag nwflag -nwflag flowsrc flowdst pflowproto add del addspan
    delspan discover -discover blocknonip -blocknonip learn -learn stp -stp edge -edge autoedge -autoedge -protected ptp
    -ptp autoptp -autoptp -endpoint deladdr maxaddr hellotime fwddelay maxage proto -ifcost timeout holdcnt spanpriority
    ipdst rules rulefile flushrule description descr pin apn patch addlocal wgpeer wgaip wgpka wgport wgkey wgrtable
    -wgpeer wgpsk wgdescription wgdescr mediaopt -mediaopt mode instance inst lladdr llprio`,
  2: 'pweneighbor tunnel keepalive protected static endpoint ifpriority ifcost chgpin puk wgendpoint',
  optional: 'joinlist chan scan hwfeatures powersave class transceiver sff media',
});

/** The keywords of FreeBSD's ifconfig that every release has (its `DEF_CMD` tables). */
const FREEBSD_COMMON = {
  0: `up down arp -arp debug -debug -description -descr promisc -promisc permpromisc -permpromisc add alias -alias
    delete remove swabips link0 -link0 link1 -link1 link2 -link2 monitor -monitor staticarp -staticarp stickyarp
    -stickyarp rxcsum -rxcsum txcsum -txcsum rxcsum6 -rxcsum6 txcsum6 -txcsum6 netcons -netcons polling -polling tso
    -tso tso4 -tso4 tso6 -tso6 lro -lro toe -toe wol -wol wol_ucast -wol_ucast wol_mcast -wol_mcast wol_magic -wol_magic
    txrtlmt -txrtlmt txtls -txtls rxtls -rxtls mextpg -mextpg hwrxtstmp -hwrxtstmp vxlanhwcsum -vxlanhwcsum vxlanhwtso
    -vxlanhwtso normal compress noicmp plumb unplumb create destroy -pcp anycast -anycast tentative -tentative
    deprecated -deprecated autoconf -autoconf accept_rtadv -accept_rtadv no_radr -no_radr defaultif -defaultif
    ifdisabled -ifdisabled nud -nud prefer_source -prefer_source auto_linklocal -auto_linklocal no_prefer_iface
    -no_prefer_iface no_dad -no_dad stableaddr -stableaddr ipv6_only -ipv6_only eui64 -tunnel deletetunnel use_flowid
    -use_flowid use_numa -use_numa lacp_strict -lacp_strict lacp_fast_timeout -lacp_fast_timeout lacp_txtest
    -lacp_txtest lacp_rxtest -lacp_rxtest vlanmtu -vlanmtu vlanhwtag -vlanhwtag vlanhwfilter -vlanhwfilter vlanhwcsum
    -vlanhwcsum vlanhwtso -vlanhwtso -vlandev -mode -syncdev -syncif -syncpeer defer -defer flush flushall addr
    -bridge noroute broadcastid wme -wme ht -ht powersave -powersave bgscan -bgscan`,
  1: `description descr metric mtu name netmask broadcast range prefixlen pltime vltime vnet -vnet fib tunnelfib pcp ether
    lladdr link random advbase advskew pass vhid group -group media mediaopt -mediaopt mode instance inst vlan vlandev
    vlanpcp vlanproto laggport -laggport laggproto lagghash laggtype flowid_shift rr_limit syncdev syncif syncpeer maxupd
    version addm deletem discover -discover learn -learn sticky -sticky span -span stp -stp edge -edge autoedge -autoedge
    ptp -ptp autoptp -autoptp private -private maxaddr timeout hellotime fwddelay maxage priority proto holdcnt deladdr
    -iffilter ssid nwid stationname channel chan wepmode wepkey weptxkey wlandev wlanmode wlanaddr country regdomain
    authmode powermode powersavesleep txpower bssid grekey capabilities peerset inetnum`,
  2: 'tunnel ifpriority ifpathcost ifmaxaddr static',
  optional: 'scan list',
} as const;

/** FreeBSD 10 to 13 (sbin/ifconfig/carp.c): a vhid with its state. */
export const FREEBSD_13_KEYWORDS = table({ ...FREEBSD_COMMON, 1: `${FREEBSD_COMMON[1]} state` });

/** FreeBSD with unicast peers and VRRPv3 (sbin/ifconfig/carp.c). */
export const FREEBSD_KEYWORDS = table({
  ...FREEBSD_COMMON,
  0: `${FREEBSD_COMMON[0]} mcast mcast6`,
  1: `${FREEBSD_COMMON[1]} state peer peer6 carpver vrrpprio vrrpinterval`,
});

/** FreeBSD 9 and before (sbin/ifconfig/ifcarp.c). */
export const FREEBSD_9_KEYWORDS = table(FREEBSD_COMMON);

/** Keywords that are about CARP in one of the systems. */
export const CARP_KEYWORDS: ReadonlySet<string> = new Set(
  words(`vhid advbase advskew pass state carpdev -carpdev carpnodes balancing carppeer -carppeer carpdemote -carpdemote
    peer peer6 mcast mcast6 carpver vrrpprio vrrpinterval`),
);
