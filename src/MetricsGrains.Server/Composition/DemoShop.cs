using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Composition;

/// <summary>
/// A made-up shop, so that a newcomer sees within a minute what the product does: traffic that breathes, latencies with a tail, and
/// now and then an incident in one service. The last hour is filled in at the start; then it sends every second.
/// </summary>
internal sealed class DemoShop(IngestPipeline pipeline, IngestMeters meters, TimeProvider time)
{
    private static readonly (string Name, double Share)[] Regions = [("eu-west", 0.5), ("us-east", 0.35), ("ap-south", 0.15)];
    private static readonly (string Name, double RequestsPerSecond, double LatencyMs)[] Services = [("web", 40, 35), ("search", 22, 60), ("checkout", 8, 120), ("payments", 5, 180)];

    private readonly Random _random = new(20260417);
    private readonly SampleBatchBuilder _batch = new();
    private readonly TagSetBuilder _tags = new();
    private readonly Dictionary<(string Name, MetricKind Kind, string Tags), Known> _known = [];

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            for (long at = Resolution.Floor(now - Resolution.OneHour, Resolution.TenSeconds); at < now; at += Resolution.TenSeconds)
            {
                Simulate(at, 10);
                if (_batch.SampleCount > 20_000)
                {
                    await SendAsync(stop);
                }
            }
            await SendAsync(stop);
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
            while (await timer.WaitForNextTickAsync(stop))
            {
                Simulate(time.GetUtcNow().ToUnixTimeMilliseconds(), 1);
                await SendAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task SendAsync(CancellationToken stop)
    {
        meters.Received("demo", _batch.SampleCount);
        while (!pipeline.TrySubmit(_batch, out _))
        {
            await pipeline.WaitForRoomAsync(stop);
        }
        _batch.Clear();
    }

    private void Simulate(long at, double seconds)
    {
        double hour = at / (double)Resolution.OneHour;
        double tide = 1 + (0.35 * Math.Sin(hour * Math.Tau / 0.5)) + (0.1 * Math.Sin(hour * Math.Tau * 7));
        // Every seven minutes one service, another each time, is in trouble for about a minute.
        long turn = at / 420_000;
        bool trouble = at % 420_000 < 70_000;
        foreach ((string region, double share) in Regions)
        {
            for (int i = 0; i < Services.Length; i++)
            {
                bool failing = trouble && turn % Services.Length == i && (turn % Regions.Length == Array.FindIndex(Regions, r => r.Name == region));
                Serve(at, seconds, region, Services[i].Name, Services[i].RequestsPerSecond * share * tide, Services[i].LatencyMs * (failing ? 4.5 : 1), failing ? 0.18 : 0.004);
            }
            Sell(at, seconds, region, share * tide);
        }
    }

    private void Serve(long at, double seconds, string region, string service, double perSecond, double latency, double errorRate)
    {
        int requests = Poisson(perSecond * seconds), errors = 0;
        SeriesRef latencies = Series("shop.latency", MetricKind.Distribution, "ms", ("region", region), ("service", service));
        for (int i = 0; i < requests; i++)
        {
            errors += _random.NextDouble() < errorRate ? 1 : 0;
            // Log-normal: most are quick, some are slow, a few are very slow.
            _batch.Add(latencies, at, Math.Round(latency * Math.Exp(0.45 * Normal()), 2));
        }
        _batch.Add(Series("shop.requests", MetricKind.Counter, "", ("region", region), ("service", service), ("status", "200")), at, requests - errors);
        _batch.Add(Series("shop.requests", MetricKind.Counter, "", ("region", region), ("service", service), ("status", "500")), at, errors);
        _batch.Add(Series("shop.errors", MetricKind.Counter, "", ("region", region), ("service", service)), at, errors);
        _batch.Add(Series("shop.queue.depth", MetricKind.Gauge, "", ("region", region), ("service", service)), at, Math.Round(Math.Max(0, (latency * perSecond / 400) + Normal())));
    }

    private void Sell(long at, double seconds, string region, double share)
    {
        string currency = region == "eu-west" ? "EUR" : region == "us-east" ? "USD" : "INR";
        int orders = Poisson(2.2 * share * seconds);
        double revenue = 0;
        for (int i = 0; i < orders; i++)
        {
            revenue += Math.Round(38 * Math.Exp(0.6 * Normal()), 2);
        }
        _batch.Add(Series("shop.orders", MetricKind.Counter, "", ("region", region)), at, orders);
        _batch.Add(Series("shop.revenue", MetricKind.Counter, currency, ("currency", currency), ("region", region)), at, Math.Round(revenue, 2));
        SeriesRef users = Series("shop.active_users", MetricKind.Set, "", ("region", region));
        for (int i = Poisson(12 * share * seconds); i > 0; i--)
        {
            _batch.AddMember(users, at, StableHash.Of(Encoding.UTF8.GetBytes($"{region}-{_random.Next((int)(4000 * share) + 1)}")));
        }
    }

    private SeriesRef Series(string name, MetricKind kind, string unit, params ReadOnlySpan<(string Key, string Value)> tags)
    {
        _tags.Clear();
        foreach ((string key, string value) in tags)
        {
            _tags.Add(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        }
        ReadOnlySpan<byte> canonical = _tags.Build();
        var spelling = (name, kind, Convert.ToHexString(canonical));
        if (!_known.TryGetValue(spelling, out Known known) || known.Generation != _batch.Generation)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(name);
            known = new Known(_batch.AddSeries(utf8, kind, Encoding.UTF8.GetBytes(unit), canonical, SeriesId.Of(utf8, canonical)), _batch.Generation);
            _known[spelling] = known;
        }
        return known.Ref;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(Math.Tau * _random.NextDouble());

    /// <summary>Knuth's method; for large means the normal approximation.</summary>
    private int Poisson(double mean)
    {
        if (mean > 60)
        {
            return Math.Max(0, (int)Math.Round(mean + (Math.Sqrt(mean) * Normal())));
        }
        double limit = Math.Exp(-mean), product = _random.NextDouble();
        int count = 0;
        while (product > limit)
        {
            product *= _random.NextDouble();
            count++;
        }
        return count;
    }

    private readonly record struct Known(SeriesRef Ref, int Generation);
}
