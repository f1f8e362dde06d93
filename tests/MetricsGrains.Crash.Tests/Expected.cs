using MetricsGrains.Core.Windows;

namespace MetricsGrains.Crash.Tests;

/// <summary>What a bucket of a series must hold.</summary>
internal readonly record struct Tally(double Count, double Sum, double Increase)
{
    public Tally Plus(Tally other) => new(Count + other.Count, Sum + other.Sum, Increase + other.Increase);
}

/// <summary>What must be stored, worked out the slow way from the requests that are in.</summary>
internal sealed class Expected
{
    private readonly List<(SentPoint Point, Tally Tally)> _points = [];

    /// <param name="requests">In the order in which each sender sent them.</param>
    public Expected(IEnumerable<SentRequest> requests)
    {
        var totals = new Dictionary<string, (double Total, long At)>();
        foreach (SentPoint point in requests.Where(r => r.Fate == Fate.In).SelectMany(r => r.Points))
        {
            double increase = point.Type is "counter" ? point.Value : point.Type is "distribution" or "set" ? point.Times : 0;
            if (point.Type == "cumulative_counter")
            {
                (double Total, long At)? last = totals.TryGetValue(point.Series, out (double, long) known) ? known : null;
                if (last is null || point.Ms >= last.Value.At)
                {
                    increase = last is null ? 0 : point.Value >= last.Value.Total ? point.Value - last.Value.Total : point.Value;
                    totals[point.Series] = (point.Value, point.Ms);
                }
            }
            _points.Add((point, new Tally(point.Times, point.Type == "set" ? 0 : point.Value * point.Times, increase)));
        }
    }

    /// <summary>Samples in all.</summary>
    public int Count => _points.Count;

    public IEnumerable<(string Metric, string Type)> Metrics => _points.Select(p => (p.Point.Metric, p.Point.Type)).Distinct().Order();

    public int DistinctOf(string metric) => _points.Where(p => p.Point.Metric == metric).Select(p => p.Point.Value).Distinct().Count();

    /// <summary>By series and bucket; without <paramref name="bySeries"/> all series are one, named "".</summary>
    public Dictionary<(string Series, long Bucket), Tally> Of(string metric, long stepMs, bool bySeries = true) =>
        _points.Where(p => p.Point.Metric == metric)
            .GroupBy(p => (bySeries ? p.Point.Series : "", Resolution.Floor(p.Point.Ms, stepMs)))
            .ToDictionary(g => g.Key, g => g.Aggregate(default(Tally), (sum, p) => sum.Plus(p.Tally)));
}
