using System.Collections.Concurrent;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Ingest;

/// <summary>The last value of every gauge, for listeners where <c>+5|g</c> means "five more" (etsy's StatsD). A gauge never seen starts from 0. Thread-safe.</summary>
internal sealed class RelativeGauges
{
    /// <summary>Beyond this the values are forgotten and start anew: memory is bounded, and a million gauges are beyond what relative ones are used for.</summary>
    private const int Limit = 1_000_000;

    private readonly ConcurrentDictionary<SeriesId, double> _last = new();

    /// <returns>The gauge's absolute value.</returns>
    public double Resolve(SeriesId id, double value, bool isChange)
    {
        if (_last.Count > Limit)
        {
            _last.Clear();
        }
        return isChange ? _last.AddOrUpdate(id, static (_, change) => change, static (_, last, change) => last + change, value) : _last[id] = value;
    }
}
