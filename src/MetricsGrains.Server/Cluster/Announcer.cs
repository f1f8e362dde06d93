using System.Collections.Concurrent;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Cluster;

/// <summary>Tells all silos of new activations, and knows then by whose logs they are brought up to date.</summary>
internal sealed class Announcer(IClusterPeers peers)
{
    /// <summary>A silo that does not answer may be dead: its metrics must not wait for it long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, SiloId> _siloOf = new(StringComparer.Ordinal);

    /// <summary>Origins whose silo is not up any more.</summary>
    public IReadOnlyList<string> Gone
    {
        get
        {
            HashSet<SiloId> up = [.. peers.Silos];
            return [.. _siloOf.Where(o => !up.Contains(o.Value)).Select(o => o.Key)];
        }
    }

    /// <returns>The origins that have something of a metric, by its name.</returns>
    public async Task<ILookup<string, string>> AnnounceAsync(IReadOnlyList<MetricClaim> claims)
    {
        // A metric's first activation can have nothing to be brought up to.
        NewActivation[] activations = [.. claims.Where(c => c.Epoch > 1).Select(c => new NewActivation(c.Metric, c.Epoch))];
        IReadOnlyList<OriginHolding>[] answers = activations.Length == 0 ? [] : await Task.WhenAll(peers.Silos.Select(s => AskAsync(s, activations)));
        return answers.SelectMany(a => a)
            .SelectMany(h => h.Indexes.Where(i => i < activations.Length).Select(i => (activations[i].Metric, h.Origin)))
            .ToLookup(h => h.Metric, h => h.Origin, StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<OriginHolding>> AskAsync(SiloId silo, NewActivation[] activations)
    {
        try
        {
            IReadOnlyList<OriginHolding> holdings = await peers.AnnounceAsync(silo, activations, CancellationToken.None).WaitAsync(Patience);
            foreach (OriginHolding holding in holdings)
            {
                _siloOf[holding.Origin] = silo;
            }
            return holdings;
        }
        catch (Exception)
        {
            // Not up, or as good as that. Its origin notices the activation by itself when it is.
            return [];
        }
    }
}
