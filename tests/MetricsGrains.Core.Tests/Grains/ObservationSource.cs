using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Tests.Grains;

/// <summary>Random samples of one kind for a few series, and the series' tags.</summary>
internal sealed class ObservationSource
{
    private readonly Random _random;
    private readonly MetricKind _kind;
    private readonly double[] _totals;
    private readonly long[] _newestMs;
    private readonly bool[] _seen;
    private readonly double[] _before;

    public ObservationSource(Random random, MetricKind kind, int series)
    {
        _random = random;
        _kind = kind;
        _totals = new double[series];
        _newestMs = new long[series];
        _seen = new bool[series];
        _before = new double[series];
        Tags = [.. Enumerable.Range(0, series).Select(TagsOf)];
    }

    public IReadOnlyList<TagSet> Tags { get; }

    /// <summary>The series' next sample in the order of arrival.</summary>
    public Observation Next(int series, long ms)
    {
        var made = new Observation(_kind, series, ms, Values(series), _kind == MetricKind.Distribution ? _random.Next(4) == 0 ? _random.Next(2, 50) : 1 : 1, StableHash.Of(BitConverter.GetBytes(_random.Next(60))));
        if (_kind == MetricKind.CumulativeCounter)
        {
            made.Rise = RiseOf(series, ms, made.Values[0]);
        }
        return made;
    }

    /// <summary>The rule in words: the first total says nothing; an older one than the newest adds nothing; a lower one is a restart from 0.</summary>
    private double RiseOf(int series, long ms, double total)
    {
        if (_seen[series] && ms < _newestMs[series])
        {
            return 0;
        }
        double rise = !_seen[series] ? 0 : total < _before[series] ? total : total - _before[series];
        (_seen[series], _newestMs[series], _before[series]) = (true, ms, total);
        return rise;
    }

    private double[] Values(int series) => _kind switch
    {
        MetricKind.Counter => [_random.Next(100)],
        MetricKind.CumulativeCounter => [_totals[series] = _random.Next(20) == 0 ? _random.Next(10) : _totals[series] + _random.Next(100)],
        MetricKind.Set => [1],
        MetricKind.Histogram => [.. Enumerable.Range(0, _random.Next(1, 6)).Select(_ => Value())],
        _ => [Value()],
    };

    private double Value() => _random.Next(5) switch
    {
        0 => _random.Next(-1000, 1000),
        1 => Math.Round(_random.NextDouble() * 1000, _random.Next(4)),
        2 => -0.0,
        3 => (_random.NextDouble() - 0.3) * 1e6,
        _ => Math.Exp(_random.NextDouble() * 20 - 10),
    };

    private static TagSet TagsOf(int series) => (series % 4) switch
    {
        0 => TagSet.Of(("host", $"h{series}"), ("region", "eu")),
        1 => TagSet.Of(("host", $"h{series}"), ("region", "us")),
        2 => TagSet.Of(("host", $"h{series}")),
        _ => TagSet.Of(("host", "shared"), ("region", $"r{series}")),
    };
}
