using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>The cluster for people: who is a member of it, and what each says of itself.</summary>
internal sealed class OrleansClusterView(IClusterMembershipService membership, SiloServices services, ILocalSiloDetails self, TimeProvider time, IOptions<ClusterOptions> cluster, Server.Options.ClusterOptions settings) : IClusterView
{
    /// <summary>Who looks at a page does not wait longer for a silo that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string? AdminPages { get; } = OrleansDashboard.IsOffered(settings) ? OrleansDashboard.Path + "/" : null;

    public async Task<ClusterSnapshot> LookAsync(CancellationToken cancel)
    {
        IEnumerable<Task<SiloStanding>> silos = membership.CurrentSnapshot.Members.Values
            .Where(m => m.Status != SiloStatus.Dead && m.Status != SiloStatus.None)
            .Select(m => LookAsync(m, cancel));
        SiloStanding[] standings = Compare(await Task.WhenAll(silos));
        return new ClusterSnapshot(cluster.Value.ClusterId, SiloNames.IdOf(self.SiloAddress).Value, [.. standings.OrderBy(s => s.Report?.Node, StringComparer.Ordinal).ThenBy(s => s.Silo, StringComparer.Ordinal)]);
    }

    private async Task<SiloStanding> LookAsync(ClusterMember member, CancellationToken cancel)
    {
        SiloState status = member.Status switch
        {
            SiloStatus.Active => SiloState.Up,
            SiloStatus.Created or SiloStatus.Joining => SiloState.Joining,
            _ => SiloState.Leaving,
        };
        if (status != SiloState.Up)
        {
            return new SiloStanding(SiloNames.IdOf(member.SiloAddress).Value, status, null, null);
        }
        // One after the other: a report takes long to make, and the clock's answer would count that as skew.
        double? ahead = await AskAsync<double?>(async () => await AheadAsync(services.At(member.SiloAddress)), cancel);
        SiloReport? report = await AskAsync(async () => SiloReportCodec.Decode((await services.At(member.SiloAddress).ReportAsync()).Value), cancel);
        return new SiloStanding(SiloNames.IdOf(member.SiloAddress).Value, status, report, ahead);
    }

    private async Task<double> AheadAsync(ISiloService silo)
    {
        long asked = NowMs;
        long there = await silo.TimeAsync();
        return there - ((asked + NowMs) / 2.0);
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>With this silo's clock the others' were compared; now all with the median.</summary>
    private static SiloStanding[] Compare(SiloStanding[] standings)
    {
        double[] known = [.. standings.Select(s => s.ClockOffMs).OfType<double>()];
        double[] offsets = known.Length == 0 ? [] : ClockSkew.FromMedian(known);
        int next = 0;
        return Array.ConvertAll(standings, s => s.ClockOffMs is null ? s : s with { ClockOffMs = offsets[next++] });
    }

    private static async Task<T?> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancel)
    {
        try
        {
            return await ask().WaitAsync(Patience, cancel);
        }
        catch (Exception) when (!cancel.IsCancellationRequested)
        {
            // Whatever it is: the page says that the silo does not answer.
            return default;
        }
    }
}
