using System.Collections.Concurrent;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Cluster;

/// <summary>The grains that live in this silo: activates them, brings their rows to the store, and lets go of those that belong elsewhere.</summary>
public sealed class MemberHost
{
    /// <summary>Grains that move to another silo at a time, so that most of them answer at any moment.</summary>
    private const int MovesAtOnce = 500;

    private const int MostHot = 20;

    private static readonly TimeSpan OriginTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SupersededEvery = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, IMemberTurns> _members = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _originsSeen = new(StringComparer.Ordinal);
    private readonly GrainLimits _limits;
    private readonly IMetricClaims _store;
    private readonly IClusterPeers _peers;
    private readonly SiloId _self;
    private readonly TimeProvider _time;
    private readonly Announcer _announcer;
    private readonly ClaimQueue _claims;
    private Dictionary<string, IMemberTurns> _handedOut = new(StringComparer.Ordinal);
    private long _supersededMs;
    private volatile bool _isLeaving;

    public MemberHost(GrainLimits limits, IMetricClaims claims, IClusterPeers peers, SiloId self, TimeProvider time)
    {
        _limits = limits;
        _store = claims;
        _peers = peers;
        _self = self;
        _time = time;
        _announcer = new Announcer(peers);
        _claims = new ClaimQueue(claims, _announcer);
    }

    /// <summary>Makes a metric's grain, with what the store has of it.</summary>
    /// <exception cref="StoreUnavailableException">Nobody knows what of the metric is in the store; try again.</exception>
    /// <exception cref="InvalidOperationException">The silo is leaving; try again.</exception>
    public async Task<MetricMember> ActivateAsync(string metric, CancellationToken cancel)
    {
        if (_isLeaving)
        {
            throw new InvalidOperationException("this silo is leaving the cluster");
        }
        (MetricClaim claim, IEnumerable<string> awaited) = await _claims.ClaimAsync(metric, cancel);
        var member = new MetricMember(metric, claim.Epoch, _limits.For(metric), claim.Cursors, new TagSetPool(), new WindowSealer());
        foreach (string origin in awaited)
        {
            member.Await(origin);
        }
        return member;
    }

    /// <summary>An activation began.</summary>
    public void Add(IMemberTurns member) => _members[member.Metric] = member;

    /// <summary>It ended.</summary>
    public void Remove(IMemberTurns member) => _members.TryRemove(new KeyValuePair<string, IMemberTurns>(member.Metric, member));

    /// <summary>Answers a question for a grain that lives here; see <see cref="GrainQuestion"/>.</summary>
    /// <exception cref="FormatException">The question is damaged, or a newer silo's.</exception>
    public byte[] Answer(MetricMember member, ReadOnlySpan<byte> question, long nowMs)
    {
        if (member.IsAwaiting)
        {
            ForgoGone(member, _announcer.Gone);
        }
        return GrainQuestion.Answer(member, question, nowMs);
    }

    /// <summary>What the grains here hold of an origin's log.</summary>
    public async Task<IReadOnlyList<Holding>> HoldingsAsync(string origin, TimeSpan mostLookback)
    {
        _originsSeen[origin] = NowMs;
        Holding?[] holdings = await AskAllAsync<Holding?>(
            m => m.HasJoined(origin) && !m.IsRetired ? new Holding(StableHash.Of(m.Name), m.Epoch, m.NeededFrom(origin, mostLookback), !m.IsCatchingUpWith(origin)) : null);
        return [.. holdings.OfType<Holding>()];
    }

    public async Task<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit)
    {
        IEnumerable<IMemberTurns> wanted = _members.Values
            .Where(m => string.CompareOrdinal(m.Metric, after) > 0 && m.Metric.Contains(contains, StringComparison.OrdinalIgnoreCase))
            .OrderBy(m => m.Metric, StringComparer.Ordinal);
        var found = new List<MetricSummary>();
        foreach (IMemberTurns member in wanted)
        {
            // Activations without a sample are no metrics yet.
            if (found.Count < limit && await AskAsync(member, m => m.Grain?.Describe()) is { } summary)
            {
                found.Add(summary);
            }
        }
        return found;
    }

    public async Task<IReadOnlyList<RollupFlush>> TakeFlushesAsync(bool everything)
    {
        if (everything)
        {
            // The process ends: what is here goes to the store, and the metrics elsewhere.
            _isLeaving = true;
        }
        long now = NowMs;
        var flushes = new ConcurrentBag<(IMemberTurns Member, RollupFlush Flush)>();
        await ForAllAsync(async member =>
        {
            (RollupFlush? flush, bool isDone) = await AskAsync(member, m =>
            {
                if (everything)
                {
                    m.Retire();
                }
                RollupFlush? taken = m.TakeFlush(now, everything);
                return (taken, taken is null && m.IsRetired);
            });
            if (flush is not null)
            {
                flushes.Add((member, flush));
            }
            else if (isDone)
            {
                Leave(member);
            }
        });
        _handedOut = flushes.ToDictionary(f => f.Flush.Metric, f => f.Member, StringComparer.Ordinal);
        return [.. flushes.Select(f => f.Flush)];
    }

    public Task ConfirmFlushesAsync(IReadOnlyList<string> metrics) => Task.WhenAll(metrics.Select(metric => ConfirmAsync(_handedOut[metric])));

    /// <summary>Seals and evicts; ends what is idle, superseded, or can't be brought up to date; and retires what belongs elsewhere.</summary>
    /// <returns>Whether there are such.</returns>
    public async Task<bool> TickAsync(CancellationToken cancel)
    {
        long now = NowMs, silentSince = now - (long)OriginTimeout.TotalMilliseconds;
        int moves = 0;
        IReadOnlyList<string> gone = _announcer.Gone;
        var epochs = new ConcurrentBag<KeyValuePair<string, ulong>>();
        await ForAllAsync(async member =>
        {
            bool belongsHere = _peers.HomeOf(StableHash.Of(member.Metric)) == _self;
            bool mayMove = !belongsHere && Interlocked.Increment(ref moves) <= MovesAtOnce;
            bool over = await AskAsync(member, m =>
            {
                m.Grain?.Tick(now);
                m.Measure(now);
                ForgoGone(m, gone);
                epochs.Add(new KeyValuePair<string, ulong>(m.Name, m.Epoch));
                if (mayMove)
                {
                    m.Retire();
                }
                long window = (long)_limits.For(m.Name).LiveWindow.TotalMilliseconds;
                bool isIdle = m.IsIdle && m.LastHandledMs < now - (m.Origins.Count == 0 ? (long)OriginTimeout.TotalMilliseconds : window);
                // An origin that died while it was sending what it has will not go on; without it the others' rows would wait for ever.
                bool isStuck = m.Origins.Where(m.IsCatchingUpWith).Any(o => _originsSeen.AddOrUpdate(o, m.LastHandledOf(o), (_, seen) => Math.Max(seen, m.LastHandledOf(o))) < silentSince);
                return isIdle || isStuck;
            });
            if (over)
            {
                member.End();
            }
        });
        if (now - _supersededMs >= SupersededEvery.TotalMilliseconds && !epochs.IsEmpty)
        {
            _supersededMs = now;
            await EndSupersededAsync([.. epochs], cancel);
        }
        return moves > 0;
    }

    public Task SealAsync(long beforeMs) => AskAllAsync(m =>
    {
        m.Grain?.Seal(beforeMs);
        return true;
    });

    public async Task<MemoryUse> MeasureAsync() => (await AskAllAsync(m => m.Grain is { } grain ? MemoryUse.Of(grain) : default)).Aggregate(default(MemoryUse), (a, b) => a + b);

    /// <summary>What lives here, and the busiest of it.</summary>
    public async Task<(MemoryUse Use, double SamplesPerSecond, IReadOnlyList<HotMetric> Hot)> ReportAsync()
    {
        (MemoryUse Use, HotMetric Metric)[] all = await AskAllAsync(
            m => m.Grain is { } grain ? (MemoryUse.Of(grain), new HotMetric(m.Name, m.SamplesPerSecond, grain.SeriesCount)) : default((MemoryUse, HotMetric)));
        HotMetric[] hot = [.. all.Select(a => a.Metric).Where(m => m.SamplesPerSecond > 0).OrderByDescending(m => m.SamplesPerSecond).ThenBy(m => m.Name, StringComparer.Ordinal).Take(MostHot)];
        return (all.Aggregate(default(MemoryUse), (sum, a) => sum + a.Use), all.Sum(a => a.Metric.SamplesPerSecond), hot);
    }

    public async Task<long> PendingBytesAsync() => (await AskAllAsync(m => m.Grain?.PendingBytes ?? 0)).Sum();

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Another silo took them over while this one was thought dead. The store leaves out what they would write; here they end answering.</summary>
    private async Task EndSupersededAsync(IReadOnlyList<KeyValuePair<string, ulong>> epochs, CancellationToken cancel)
    {
        try
        {
            foreach (string metric in await _store.FindSupersededAsync(epochs, cancel))
            {
                _members.GetValueOrDefault(metric)?.End();
            }
        }
        catch (StoreUnavailableException)
        {
            // Asked again in half a minute; until then nothing they hold can be written twice.
        }
    }

    /// <summary>Nobody waits for a silo that is not up any more.</summary>
    private static void ForgoGone(MetricMember member, IReadOnlyList<string> gone)
    {
        foreach (string origin in gone)
        {
            member.Forgo(origin);
        }
    }

    private async Task ConfirmAsync(IMemberTurns member)
    {
        bool isDone = await AskAsync(member, m =>
        {
            m.Grain?.ConfirmFlush();
            return m.IsRetired && m.IsFlushed;
        });
        if (isDone)
        {
            Leave(member);
        }
    }

    /// <summary>A retired activation is through.</summary>
    private void Leave(IMemberTurns member)
    {
        // It was to move, and meanwhile belongs here again; or the process ends.
        if (_isLeaving || _peers.HomeOf(StableHash.Of(member.Metric)) == _self)
        {
            member.End();
        }
        else
        {
            member.Move();
        }
    }

    /// <summary>An activation that ended meanwhile has nothing to say.</summary>
    private static async Task<T?> AskAsync<T>(IMemberTurns member, Func<MetricMember, T> turn)
    {
        try
        {
            return await member.RunAsync(turn);
        }
        catch (Exception)
        {
            return default;
        }
    }

    private Task<T?[]> AskAllAsync<T>(Func<MetricMember, T> turn) => Task.WhenAll(_members.Values.Select(m => AskAsync(m, turn)));

    private Task ForAllAsync(Func<IMemberTurns, Task> work) => Task.WhenAll(_members.Values.Select(work));
}
