// lan-chatter: N hosts, one learning switch, 64-byte UDP datagram per host per ms to host i+1, T simulated seconds.
#include "star.h"
static Star S;
static uint32_t N, PERHOST;
static std::vector<Ptr<Socket>> tx;
static std::vector<uint32_t> sent;
static uint8_t BUF[64];
static void rx(Ptr<Socket> s)
{
    Address from;
    while (Ptr<Packet> p = s->RecvFrom(from)) g_delivered++;
}
static void fire(uint32_t i)
{
    BUF[0] = i;
    BUF[1] = sent[i];
    tx[i]->Send(Create<Packet>(BUF, 64));
    if (++sent[i] < PERHOST) Simulator::Schedule(MilliSeconds(1), &fire, i);
}
int main(int c, char** v)
{
    parseArgs(c, v);
    N = argN("n", 8);
    PERHOST = argN("t", 10) * 1000;
    double t0 = now();
    S = buildStar(N, "1us", "1000p");
    tx.resize(N);
    sent.assign(N, 0);
    for (uint32_t i = 0; i < N; i++) {
        Ptr<Socket> r = Socket::CreateSocket(S.hosts.Get(i), UdpSocketFactory::GetTypeId());
        r->Bind(InetSocketAddress(Ipv4Address::GetAny(), 9));
        r->SetRecvCallback(MakeCallback(&rx));
        tx[i] = Socket::CreateSocket(S.hosts.Get(i), UdpSocketFactory::GetTypeId());
        tx[i]->Bind();
        tx[i]->Connect(InetSocketAddress(S.ifs.GetAddress((i + 1) % N), 9));
        Simulator::ScheduleWithContext(S.hosts.Get(i)->GetId(), NanoSeconds(1000 + 15625ull * i % 1000000), &fire, i);
    }
    double t1 = now();
    Simulator::Run();
    double t2 = now();
    return report("lan-chatter", t0, t1, t2);
}
