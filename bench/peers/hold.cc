// Hold model: P pending no-op events; each fire schedules one more at now + exp(mean). K fires.
// mode=hold | timer (VRRP-like: P slots; each 1 s tick cancels (9 of 10) its 3.6 s timer and arms a new one) | remove (same, Remove()).
#include "star.h"
#include <random>
static uint64_t left_;
static uint64_t rs[4] = {0x9E3779B97F4A7C15ull, 1, 2, 3};
static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
static inline uint64_t nxt() { uint64_t r = rotl(rs[1] * 5, 7) * 9, t = rs[1] << 17; rs[2] ^= rs[0]; rs[3] ^= rs[1]; rs[1] ^= rs[2]; rs[0] ^= rs[3]; rs[2] ^= t; rs[3] = rotl(rs[3], 45); return r; }
static inline double u01() { return ((nxt() >> 11) + 1) * (1.0 / 9007199254740993.0); }
static int64_t TAB[65536];     // exp(mean 1 ms) delays in ns, drawn once: neither side pays log() per event
static uint32_t ti = 0;
static inline int64_t ex() { return TAB[ti++ & 65535]; }
static void fire()
{
    if (left_ == 0) { Simulator::Stop(); return; }
    left_--;
    Simulator::Schedule(NanoSeconds(ex()), &fire);
}
static std::vector<EventId> tm_;
static void expire(uint32_t i) { }
static void tick(uint32_t i)
{
    if (left_ == 0) { Simulator::Stop(); return; }
    left_--;
    if (nxt() % 10 < 9) tm_[i].Cancel(); // ns-3's cheap path: flag only, popped later
    tm_[i] = Simulator::Schedule(NanoSeconds(3609375000), &expire, i);
    Simulator::Schedule(NanoSeconds(1000000000 + (ex() & 1023)), &tick, i);
}
static void tickRemove(uint32_t i)
{
    if (left_ == 0) { Simulator::Stop(); return; }
    left_--;
    if (nxt() % 10 < 9) Simulator::Remove(tm_[i]); // real removal
    tm_[i] = Simulator::Schedule(NanoSeconds(3609375000), &expire, i);
    Simulator::Schedule(NanoSeconds(1000000000 + (ex() & 1023)), &tickRemove, i);
}
int main(int c, char** v)
{
    parseArgs(c, v);
    uint64_t P = argN("p", 1e3), K = argN("k", 5e6);
    std::string mode = argS("mode", "hold");
    ObjectFactory f("ns3::" + argS("sched", "Map") + "Scheduler");
    Simulator::SetScheduler(f);
    left_ = K;
    for (auto& t : TAB) t = (int64_t)(-std::log(u01()) * 1e6) + 1;
    double t0 = now();
    if (mode == "hold") for (uint64_t i = 0; i < P; i++) Simulator::Schedule(NanoSeconds(ex()), &fire);
    else {
        tm_.resize(P);
        for (uint64_t i = 0; i < P; i++) {
            tm_[i] = Simulator::Schedule(NanoSeconds(3609375000), &expire, (uint32_t)i);
            Simulator::Schedule(NanoSeconds(1 + i * 1000000000 / P), mode == "timer" ? &tick : &tickRemove, (uint32_t)i);
        }
    }
    double t1 = now();
    Simulator::Run();
    double t2 = now();
    rusage u; getrusage(RUSAGE_SELF, &u);
    printf("{\"w\":\"hold\",\"sched\":\"%s\",\"mode\":\"%s\",\"p\":%lu,\"k\":%lu,\"run_s\":%.3f,\"Mop_s\":%.3f,\"rss_MB\":%.1f}\n", argS("sched", "Map").c_str(), mode.c_str(), P, K, t2 - t1, K / (t2 - t1) / 1e6, u.ru_maxrss / 1024.0);
}
