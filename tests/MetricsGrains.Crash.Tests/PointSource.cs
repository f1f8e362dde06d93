using System.Globalization;

namespace MetricsGrains.Crash.Tests;

/// <summary>
/// Makes one sender's requests: points of every kind that JSON has, of several series, most of them of now, some minutes or hours late, some ahead.
/// A running total has one sender only, so that the order of its samples is known.
/// </summary>
internal sealed class PointSource(int seed, int sender, bool runningTotals = true)
{
    public const long OldestMs = 29 * 3_600_000L;

    private static readonly (string Metric, string Type)[] Shared = [("crash.counter", "counter"), ("crash.gauge", "gauge"), ("crash.distribution", "distribution"), ("crash.set", "set")];

    private readonly Random _random = new((seed * 31) + sender);
    private double _total;
    private int _made;

    public SentRequest Next(int round)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{seed}-{sender}-{_made++}");
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var points = new List<SentPoint> { new($"crash.marker.{round}", "counter", key, now, 1) };
        for (int i = _random.Next(1, 25); i > 0; i--)
        {
            if (runningTotals && _random.Next(5) == 0)
            {
                _total = _random.Next(40) == 0 ? _random.Next(10) : _total + _random.Next(100);
                points.Add(new("crash.cumulative", "cumulative_counter", $"s{sender}", now + (_random.Next(8) == 0 ? -_random.Next(300_000) : -_random.Next(50)), _total));
            }
            else
            {
                (string metric, string type) = Shared[_random.Next(Shared.Length)];
                points.Add(new(metric, type, $"s{_random.Next(6)}", now + Offset(), _random.Next(1, 1_000)));
            }
        }
        return new SentRequest(key, sender, points);
    }

    /// <summary>A request that takes much room in the log: halves are written in eight bytes each.</summary>
    public SentRequest Bulk(int round, int samples)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{seed}-{sender}-{_made++}");
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        return new SentRequest(key, sender, [new($"crash.marker.{round}", "counter", key, now, 1), new("crash.bulk", "distribution", $"s{_random.Next(6)}", now, _random.Next(1_000) + 0.5, samples)]);
    }

    /// <summary>A request of hours-late points, each of another minute or series: each is a row that waits for the store.</summary>
    public SentRequest Late(int round, int points)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{seed}-{sender}-{_made++}");
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        return new SentRequest(key, sender, [new($"crash.marker.{round}", "counter", key, now, 1), .. Enumerable.Range(0, points).Select(i => new SentPoint("crash.late", "counter", $"s{i % 6}", now - (2 * 3_600_000) - (i / 6 * 60_000L), i % 7))]);
    }

    private long Offset() => _random.Next(100) switch
    {
        < 66 => -_random.Next(2_000),
        < 80 => -_random.Next(480_000),
        < 86 => _random.Next(120_000),
        // Around the live window of 65 minutes, where memory ends and the store begins.
        < 91 => -_random.Next(55 * 60_000, 80 * 60_000),
        < 97 => -_random.Next(2 * 3_600_000, 5 * 3_600_000),
        _ => -_random.Next(24 * 3_600_000, (int)OldestMs),
    };
}
