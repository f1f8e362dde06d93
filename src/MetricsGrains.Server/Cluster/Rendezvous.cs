using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Cluster;

/// <summary>
/// Where a metric belongs: to the silo whose hash together with the metric's is greatest. Even, the same wherever it is computed, and when a silo comes or
/// goes only the metrics move that it gets or had. Source: Thaler and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996.
/// </summary>
public static class Rendezvous
{
    /// <param name="silos">At least one.</param>
    public static SiloId HomeOf(ulong metricHash, IReadOnlyList<SiloId> silos)
    {
        int best = 0;
        ulong most = 0;
        for (int i = 0; i < silos.Count; i++)
        {
            ulong weight = WeightOf(metricHash, silos[i]);
            if (i == 0 || weight > most)
            {
                (best, most) = (i, weight);
            }
        }
        return silos[best];
    }

    private static ulong WeightOf(ulong metricHash, SiloId silo)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, metricHash);
        // Of its place, so that a silo that was restarted gets back what it had.
        return StableHash.Of(bytes, StableHash.Of(MemoryMarshal.AsBytes(silo.Place)));
    }
}
