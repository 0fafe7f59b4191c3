// tcp-bulk: 32 clients each push 1 MB by TCP through the switch to one server; 1 Gb/s, 50 us links, `loss` of the
// frames on every cable. The server takes the bytes out and does not look at them.
#include "star.h"
static Star S;
static uint32_t NC;
static uint64_t GOAL, got = 0;
static std::vector<uint8_t> BUF(16384, 0xa5);
static std::vector<uint64_t> pushed;
static std::vector<Ptr<Socket>> cs;
static void rx(Ptr<Socket> s) { Address f; while (Ptr<Packet> p = s->RecvFrom(f)) { got += p->GetSize(); } }
static void acc(Ptr<Socket> s, const Address&) { s->SetRecvCallback(MakeCallback(&rx)); }
static void push(uint32_t i, Ptr<Socket> s, uint32_t)
{
    while (pushed[i] < GOAL) {
        uint32_t w = std::min<uint64_t>({GOAL - pushed[i], BUF.size(), s->GetTxAvailable()});
        if (!w) return;
        int r = s->Send(Create<Packet>(BUF.data(), w));
        if (r <= 0) return;
        pushed[i] += r;
    }
    s->Close();
}
static void loseOn(const NetDeviceContainer& devices, double rate)
{
    for (uint32_t i = 0; i < devices.GetN(); i++) {
        Ptr<RateErrorModel> model = CreateObject<RateErrorModel>();
        model->SetAttribute("ErrorUnit", StringValue("ERROR_UNIT_PACKET"));
        model->SetAttribute("ErrorRate", DoubleValue(rate));
        devices.Get(i)->SetAttribute("ReceiveErrorModel", PointerValue(model));
    }
}
int main(int c, char** v)
{
    parseArgs(c, v);
    NC = argN("n", 32);
    GOAL = argN("bytes", 1e6);
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    Config::SetDefault("ns3::TcpSocket::DelAckCount", UintegerValue(2));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(262144));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(262144));
    double t0 = now();
    S = buildStar(NC + 1, "50us", argS("q", "1000p").c_str());
    if (argN("loss", 0) > 0) {
        loseOn(S.hostDevs, argN("loss", 0));
        loseOn(S.swDevs, argN("loss", 0));
    }
    Ptr<Socket> l = Socket::CreateSocket(S.hosts.Get(NC), TcpSocketFactory::GetTypeId());
    l->Bind(InetSocketAddress(Ipv4Address::GetAny(), 80));
    l->Listen();
    l->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(), MakeCallback(&acc));
    pushed.assign(NC, 0);
    cs.resize(NC);
    for (uint32_t i = 0; i < NC; i++) {
        cs[i] = Socket::CreateSocket(S.hosts.Get(i), TcpSocketFactory::GetTypeId());
        cs[i]->Bind();
        cs[i]->SetSendCallback(MakeBoundCallback(&push, i));
        Ipv4Address dst = S.ifs.GetAddress(NC);
        Simulator::ScheduleWithContext(S.hosts.Get(i)->GetId(), MicroSeconds(1 + 10 * i), [i, dst]() { cs[i]->Connect(InetSocketAddress(dst, 80)); });
    }
    double t1 = now();
    Simulator::Run();
    double t2 = now();
    g_delivered = got;
    return report("tcp-bulk", t0, t1, t2);
}
