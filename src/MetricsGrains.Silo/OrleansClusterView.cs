using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>The cluster for people: who is a member of it, and what each says of itself.</summary>
internal sealed class OrleansClusterView(IClusterMembershipService membership, SiloServices services, ILocalSiloDetails self, IOptions<ClusterOptions> cluster) : IClusterView
{
    /// <summary>Who looks at a page does not wait longer for a silo that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<ClusterSnapshot> LookAsync(CancellationToken cancel)
    {
        IEnumerable<Task<SiloStanding>> silos = membership.CurrentSnapshot.Members.Values
            .Where(m => m.Status != SiloStatus.Dead && m.Status != SiloStatus.None)
            .Select(m => LookAsync(m, cancel));
        SiloStanding[] standings = await Task.WhenAll(silos);
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
        return new SiloStanding(SiloNames.IdOf(member.SiloAddress).Value, status, status == SiloState.Up ? await AskAsync(member.SiloAddress, cancel) : null);
    }

    private async Task<SiloReport?> AskAsync(SiloAddress silo, CancellationToken cancel)
    {
        try
        {
            return SiloReportCodec.Decode((await services.At(silo).ReportAsync().WaitAsync(Patience, cancel)).Value);
        }
        catch (Exception) when (!cancel.IsCancellationRequested)
        {
            // Whatever it is: the page says that the silo does not answer.
            return null;
        }
    }
}
