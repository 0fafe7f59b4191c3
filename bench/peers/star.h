// Shared by the ns-3 peer programs: a star LAN, hop counting, one line of JSON as the result.
// bench/run.mjs builds them: g++ -O3 -std=c++17 NAME.cc -o NAME -lns3-...
#pragma once
#include "ns3/applications-module.h"
#include "ns3/bridge-module.h"
#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/traffic-control-module.h"
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <sys/resource.h>
using namespace ns3;
static std::map<std::string, std::string> ARGS;
static void parseArgs(int c, char** v)
{
    for (int i = 1; i < c; i++) {
        std::string s = v[i];
        auto p = s.find('=');
        ARGS[s.substr(0, p)] = p == std::string::npos ? "1" : s.substr(p + 1);
    }
}
static double argN(const char* k, double d) { auto i = ARGS.find(k); return i == ARGS.end() ? d : std::stod(i->second); }
static std::string argS(const char* k, const char* d) { auto i = ARGS.find(k); return i == ARGS.end() ? d : i->second; }
static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
static uint64_t g_hops = 0, g_delivered = 0, g_drops = 0;
static void onHop(Ptr<const Packet>) { g_hops++; }
static void onDrop(Ptr<const Packet>) { g_drops++; }

struct Star {
    NodeContainer hosts;
    Ptr<Node> sw;
    NetDeviceContainer hostDevs, swDevs;
    Ipv4InterfaceContainer ifs;
};
// One two-port link per host (no shared bus): link=csma (real Ethernet header + FCS trailer bytes, 4 events a hop)
// or link=simple (SimpleNetDevice: addresses in a packet tag, no Ethernet bytes, full duplex, 2 events a hop).
static Star buildStar(uint32_t n, const char* delay, const char* qmax)
{
    Config::SetDefault("ns3::ArpL3Protocol::RequestJitter", StringValue("ns3::ConstantRandomVariable[Constant=0]"));
    if (argN("checksum", 1)) GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    std::string sched = argS("sched", "Map");
    ObjectFactory f("ns3::" + sched + "Scheduler");
    Simulator::SetScheduler(f);
    Star s;
    s.hosts.Create(n);
    s.sw = CreateObject<Node>();
    bool csma = argS("link", "csma") == "csma";
    CsmaHelper ch;
    ch.SetChannelAttribute("DataRate", StringValue("1Gbps"));
    ch.SetChannelAttribute("Delay", StringValue(delay));
    ch.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", StringValue(qmax));
    SimpleNetDeviceHelper sh;
    sh.SetChannelAttribute("Delay", StringValue(delay));
    sh.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
    sh.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", StringValue(qmax));
    for (uint32_t i = 0; i < n; i++) {
        NodeContainer pair(s.hosts.Get(i), s.sw);
        NetDeviceContainer d = csma ? ch.Install(pair) : sh.Install(pair);
        s.hostDevs.Add(d.Get(0));
        s.swDevs.Add(d.Get(1));
        if (argN("count", 0))
            for (uint32_t k = 0; k < 2; k++) {
                if (csma) {
                    d.Get(k)->TraceConnectWithoutContext("PhyTxEnd", MakeCallback(&onHop));
                    d.Get(k)->TraceConnectWithoutContext("MacTxDrop", MakeCallback(&onDrop));
                } else {
                    DynamicCast<SimpleNetDevice>(d.Get(k))->GetQueue()->TraceConnectWithoutContext("Dequeue", MakeCallback(&onHop));
                    DynamicCast<SimpleNetDevice>(d.Get(k))->GetQueue()->TraceConnectWithoutContext("Drop", MakeCallback(&onDrop));
                }
            }
    }
    BridgeHelper bh;
    bh.Install(s.sw, s.swDevs);
    InternetStackHelper is;
    is.SetIpv6StackInstall(false);
    is.Install(s.hosts);
    Ipv4AddressHelper ah;
    ah.SetBase("10.0.0.0", "255.255.0.0");
    s.ifs = ah.Assign(s.hostDevs);
    if (!argN("qdisc", 0)) { TrafficControlHelper tc; tc.Uninstall(s.hostDevs); }
    return s;
}
static int report(const char* name, double t0, double t1, double t2)
{
    rusage u;
    getrusage(RUSAGE_SELF, &u);
    uint64_t ev = Simulator::GetEventCount();
    printf("{\"w\":\"%s\",\"simT\":%.6f,\"events\":%lu,\"delivered\":%lu,\"hops\":%lu,\"drops\":%lu,\"setup_s\":%.3f,\"run_s\":%.3f,\"Mev_s\":%.3f,\"khops_s\":%.1f,\"rss_MB\":%.1f}\n",
           name, Simulator::Now().GetSeconds(), ev, g_delivered, g_hops, g_drops, t1 - t0, t2 - t1, ev / (t2 - t1) / 1e6,
           g_hops / (t2 - t1) / 1e3, u.ru_maxrss / 1024.0);
    return 0;
}
