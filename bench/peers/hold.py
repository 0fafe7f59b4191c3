# Hold model in SimPy: P processes each yielding exp(mean 1 ms) timeouts; K fires. usage: hold.py P K
import sys, time, random, resource, simpy
P, K = int(float(sys.argv[1])), int(float(sys.argv[2]))
rnd = random.Random(1)
tab = [int(rnd.expovariate(1e-6)) + 1 for _ in range(65536)]
left, ti = K, 0
def proc(env, done):
    global left, ti
    while True:
        yield env.timeout(tab[ti & 65535]); ti += 1
        left -= 1
        if left <= 0:
            if not done.triggered: done.succeed()
            return
env = simpy.Environment()
done = env.event()
for _ in range(P): env.process(proc(env, done))
env.run(until=0.5)
t = time.perf_counter(); env.run(until=done); t = time.perf_counter() - t
print('{"w":"hold","q":"simpy %s","p":%d,"run_s":%.3f,"Mop_s":%.4f,"rss_MB":%.1f}' % (simpy.__version__, P, t, K / t / 1e6, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
