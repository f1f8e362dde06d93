using MetricsGrains.Core.Model;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// Which silo reads which partition: by rendezvous among those that are up, so each computes it for itself, and only the partitions of a silo that comes or goes move. For a moment
/// two may think that one is theirs, or none: neither loses nor doubles anything, see <see cref="PartitionConsumer"/>.
/// </summary>
public static class PartitionOwners
{
    /// <param name="origin">The partition's name as a log.</param>
    /// <param name="silos">At least one.</param>
    public static SiloId OwnerOf(string origin, IReadOnlyList<SiloId> silos) => Rendezvous.HomeOf(StableHash.Of(origin), silos);
}
