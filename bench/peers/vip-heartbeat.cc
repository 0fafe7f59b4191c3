// vip-heartbeat: 2 senders multicast a 20-byte advert each second; 100 clients each do one request/response per
// 100 ms with one server; 60 simulated seconds, one switch.
#include "star.h"
static Star S;
static uint32_t NC, REQS;
static std::vector<Ptr<Socket>> cs, ms;
static std::vector<uint32_t> sent;
static uint8_t BUF[64];
static uint64_t adv = 0, reqs = 0, resp = 0;
static void rxAdv(Ptr<Socket> s) { Address f; while (s->RecvFrom(f)) adv++; }
static void rxSrv(Ptr<Socket> s)
{
    Address f;
    while (s->RecvFrom(f)) { reqs++; s->SendTo(Create<Packet>(BUF, 64), 0, f); }
}
static void rxCli(Ptr<Socket> s) { Address f; while (s->RecvFrom(f)) resp++; }
static void fire(uint32_t i)
{
    cs[i]->Send(Create<Packet>(BUF, 64));
    if (++sent[i] < REQS) Simulator::Schedule(MilliSeconds(100), &fire, i);
}
static void advert(uint32_t i, uint32_t left)
{
    ms[i]->Send(Create<Packet>(BUF, 20));
    if (left > 1) Simulator::Schedule(Seconds(1), &advert, i, left - 1);
}
int main(int c, char** v)
{
    parseArgs(c, v);
    NC = argN("n", 100);
    double T = argN("t", 60);
    REQS = T * 10;
    double t0 = now();
    S = buildStar(NC + 3, "1us", "1000p"); // hosts: clients 0..NC-1, server NC, senders NC+1, NC+2
    Ipv4Address grp("224.0.0.18");
    Ptr<Socket> srv = Socket::CreateSocket(S.hosts.Get(NC), UdpSocketFactory::GetTypeId());
    srv->Bind(InetSocketAddress(Ipv4Address::GetAny(), 80));
    srv->SetRecvCallback(MakeCallback(&rxSrv));
    cs.resize(NC);
    sent.assign(NC, 0);
    for (uint32_t i = 0; i < NC; i++) {
        cs[i] = Socket::CreateSocket(S.hosts.Get(i), UdpSocketFactory::GetTypeId());
        cs[i]->Bind();
        cs[i]->SetRecvCallback(MakeCallback(&rxCli));
        cs[i]->Connect(InetSocketAddress(S.ifs.GetAddress(NC), 80));
        Simulator::ScheduleWithContext(S.hosts.Get(i)->GetId(), NanoSeconds(1000 + 1000000ull * i), &fire, i);
    }
    for (uint32_t k = 0; k < 2; k++) {
        Ptr<Node> n = S.hosts.Get(NC + 1 + k);
        Ptr<Socket> r = Socket::CreateSocket(n, UdpSocketFactory::GetTypeId());
        r->Bind(InetSocketAddress(Ipv4Address::GetAny(), 112));
        r->SetRecvCallback(MakeCallback(&rxAdv));
        Ptr<Socket> m = Socket::CreateSocket(n, UdpSocketFactory::GetTypeId());
        m->Bind();
        m->BindToNetDevice(S.hostDevs.Get(NC + 1 + k));
        m->Connect(InetSocketAddress(grp, 112));
        ms.push_back(m);
        Simulator::ScheduleWithContext(n->GetId(), NanoSeconds(500 + 500000000ull * k), &advert, k, (uint32_t)T);
    }
    double t1 = now();
    Simulator::Run();
    double t2 = now();
    g_delivered = adv + reqs + resp;
    return report("vip-heartbeat", t0, t1, t2);
}
