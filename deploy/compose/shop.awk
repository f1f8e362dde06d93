# A made-up shop as StatsD lines: four services in three regions, latencies with a tail, now and then an incident. One batch a second, for ever.
# Most are quick, some are slow, a few are very slow. Without logarithms, which not every busybox has.
function tail() { return 0.6 + 0.4 * rand() + 0.05 / (1.01 - rand()) }
function line(text) { printf "%s\n", text }
BEGIN {
    srand()
    regions = split("eu-west us-east ap-south", region, " ")
    split("0.5 0.35 0.15", share, " ")
    services = split("web search checkout payments", service, " ")
    split("40 22 8 5", rate, " ")
    split("35 60 120 180", latency, " ")
    for (second = 0; ; second++) {
        for (r = 1; r <= regions; r++) {
            for (s = 1; s <= services; s++) {
                failing = second % 420 >= 350 && int(second / 420) % services == s - 1
                requests = int(rate[s] * share[r] * (0.8 + 0.4 * rand()) + rand())
                errors = 0
                for (i = 0; i < requests; i++) {
                    errors += rand() < (failing ? 0.18 : 0.004)
                    line(sprintf("shop.latency:%.2f|ms|#region:%s,service:%s", latency[s] * (failing ? 4.5 : 1) * tail(), region[r], service[s]))
                }
                line(sprintf("shop.requests:%d|c|#region:%s,service:%s,status:200", requests - errors, region[r], service[s]))
                line(sprintf("shop.requests:%d|c|#region:%s,service:%s,status:500", errors, region[r], service[s]))
                line(sprintf("shop.errors:%d|c|#region:%s,service:%s", errors, region[r], service[s]))
                line(sprintf("shop.queue.depth:%d|g|#region:%s,service:%s", requests * (failing ? 3 : 0.5) + rand() * 3, region[r], service[s]))
            }
            orders = int(2.2 * share[r] + rand())
            line(sprintf("shop.orders:%d|c|#region:%s", orders, region[r]))
            line(sprintf("shop.revenue:%.2f|c|#currency:EUR,region:%s", orders * 38 * tail(), region[r]))
            line(sprintf("shop.active_users:%s-%d|s|#region:%s", region[r], rand() * 4000 * share[r], region[r]))
        }
        fflush()
        system("sleep 1")
    }
}
