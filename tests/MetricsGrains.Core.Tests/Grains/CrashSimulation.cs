using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Grains;

/// <summary>
/// One metric, two logs, a store and a process that dies at any point: between the log and the grain, before or after the store took a
/// flush, in the middle of a replay. What the store holds in the end is held against all that was ever logged.
/// </summary>
internal sealed class CrashSimulation
{
    private const int SeriesCount = 4;
    private static readonly string[] s_origins = ["node-a", "node-b"];

    private readonly MetricKind _kind;
    private readonly int _seed;
    private readonly bool _pressed;
    private readonly Random _random;
    private readonly ObservationSource _source;
    private readonly MetricGrainOptions _options;
    private readonly SimulatedStore _store = new();
    private readonly List<Observation> _all = [];
    private readonly Dictionary<string, List<(ulong Sequence, byte[] Batch)>> _logs = s_origins.ToDictionary(o => o, _ => new List<(ulong, byte[])>());
    private readonly Dictionary<string, ulong> _nextOf = s_origins.ToDictionary(o => o, _ => 1UL);
    private long _now = GrainFeed.Start;
    private MetricGrain _grain;
    private RollupFlush? _inFlight;

    /// <param name="pressed">The logs are nearly full: what only a running total's baseline needs is let go of.</param>
    public CrashSimulation(MetricKind kind, int seed, bool pressed)
    {
        _kind = kind;
        _pressed = pressed;
        _seed = seed;
        _random = new Random(seed);
        _now += _random.Next(120_000);
        _source = new ObservationSource(_random, kind, SeriesCount);
        // A short live window makes eviction and rows without windows happen; a running total's baseline lives as long as its series.
        _options = kind == MetricKind.CumulativeCounter ? new MetricGrainOptions() : new MetricGrainOptions { LiveWindow = TimeSpan.FromMinutes(6) };
        _grain = GrainFeed.NewGrain(kind, _now, _options);
    }

    public int Crashes { get; private set; }

    public void Run()
    {
        int steps = _random.Next(20, 70);
        for (int i = 0; i < steps; i++)
        {
            Step();
        }
        _now += _random.Next(1_200_000);
        while (Flush(everything: true, faults: false))
        {
        }
        _store.AssertHolds(_all, _source.Tags, $"{_kind}, seed {_seed}", withIncrease: !_pressed);
        Assert.All(s_origins, o => Check.That((_kind == MetricKind.CumulativeCounter && !_pressed) || _grain.NeededFrom(o, Lookback(last: true)) is null, $"{_kind}, seed {_seed}: all is stored, yet records of {o} are needed"));
    }

    private void Step()
    {
        switch (_random.Next(20))
        {
            case < 11:
                _now += _random.Next(20_000);
                Write();
                break;
            case < 13:
                _grain.Tick(_now);
                break;
            case < 17:
                Flush(everything: Chance(0.05), faults: true);
                break;
            case < 18:
                Release();
                break;
            case < 19:
                _now += _random.Next(100_000);
                break;
            default:
                Crash();
                break;
        }
    }

    private void Write()
    {
        int place = _random.Next(s_origins.Length);
        string origin = s_origins[place];
        // A series reports through one node, so that the order of its samples is that of one log.
        var observations = Enumerable.Range(0, _random.Next(1, 5))
            .Select(_ => _source.Next((_random.Next(SeriesCount / 2) * 2) + place, _now + Delay())).ToList();
        ulong sequence = _nextOf[origin];
        _nextOf[origin] = sequence + (ulong)_random.Next(1, 4);
        byte[] batch = GrainFeed.BatchOf(_kind, _source.Tags, observations);
        _logs[origin].Add((sequence, batch));
        _all.AddRange(observations);
        if (Chance(0.03))
        {
            Crash();
            return;
        }
        AppendResult taken = GrainFeed.Append(_grain, batch, new BatchOrigin(origin, sequence), _now);
        Check.That(taken.Accepted == observations.Count, $"{_kind}, seed {_seed}: {taken.Accepted} of {observations.Count} accepted");
        if (Chance(0.05))
        {
            Assert.Equal(0, GrainFeed.Append(_grain, batch, new BatchOrigin(origin, sequence), _now).Accepted);
        }
    }

    private long Delay() => _random.Next(12) switch
    {
        0 => -_random.Next(1_500_000),
        1 => -_random.Next(150_000),
        2 => _random.Next(590_000),
        3 => _random.Next(60_000),
        _ => -_random.Next(3_000),
    };

    private bool Flush(bool everything, bool faults)
    {
        RollupFlush? flush = _grain.TakeFlush(_now, everything);
        Check.That(_inFlight is null || ReferenceEquals(_inFlight, flush), $"{_kind}, seed {_seed}: an unconfirmed flush was not handed out again unchanged");
        _inFlight = flush;
        if (flush is null || (faults && Chance(0.25)))
        {
            return false;
        }
        _store.Append(flush);
        if (faults && Chance(0.25))
        {
            if (Chance(0.3))
            {
                Crash();
            }
            return false;
        }
        _grain.ConfirmFlush();
        _inFlight = null;
        return true;
    }

    /// <summary>Deletes every record that the grain says no replay will need.</summary>
    private void Release()
    {
        foreach (string origin in s_origins)
        {
            ulong below = _grain.NeededFrom(origin, Lookback(last: false)) ?? ulong.MaxValue;
            _logs[origin].RemoveAll(r => r.Sequence < below);
        }
    }

    private TimeSpan Lookback(bool last) => !_pressed ? TimeSpan.MaxValue : last ? TimeSpan.Zero : TimeSpan.FromMinutes(_random.Next(4));

    private void Crash()
    {
        Crashes++;
        _now += Chance(0.5) ? 0 : _random.Next(120_000);
        do
        {
            _inFlight = null;
            _grain = GrainFeed.NewGrain(_kind, _now, _options, _store.Cursors);
        }
        while (!TryReplay());
    }

    /// <returns>False: it died again on the way.</returns>
    private bool TryReplay()
    {
        bool backwards = Chance(0.5);
        foreach (string origin in backwards ? s_origins.Reverse() : s_origins)
        {
            // Other metrics of the same log may need it from further back.
            ulong from = _store.ReplayFrom(origin);
            from -= Math.Min(from, (ulong)_random.Next(8));
            foreach ((ulong sequence, byte[] batch) in _logs[origin])
            {
                if (sequence >= from)
                {
                    if (Chance(0.01))
                    {
                        return false;
                    }
                    GrainFeed.Append(_grain, batch, new BatchOrigin(origin, sequence), _now);
                }
            }
            if (Chance(0.2))
            {
                Flush(everything: false, faults: false);
            }
            if (Chance(0.05))
            {
                return false;
            }
        }
        return true;
    }

    private bool Chance(double probability) => _random.NextDouble() < probability;
}
