using System.Net;

namespace MetricsGrains.Server.Options;

/// <summary>How a silo finds the others of its cluster. All silos of one have the same names and the same store.</summary>
public sealed record ClusterOptions
{
    /// <summary>Silos of other clusters may use the same database: they don't see each other.</summary>
    public required string ClusterId { get; init; }

    /// <summary>Whose alerts and reminders these are. Stays the same when a cluster is replaced by another.</summary>
    public required string ServiceId { get; init; }

    /// <summary>Where the other silos reach this one; empty: the address of this machine's name.</summary>
    public required string AdvertisedAddress { get; init; }

    /// <summary>Other silos talk to this one here. 0 asks for a free one.</summary>
    public required int SiloPort { get; init; }

    /// <summary>The log folder of a silo that does not come back, or its data folder; empty: none.</summary>
    public required string RecoverLog { get; init; }

    /// <summary>Null: each silo has a log of its own.</summary>
    public required EventHubsOptions? EventHubs { get; init; }

    internal static ClusterOptions Read(OptionReader reader)
    {
        string address = reader.Text("Cluster:AdvertisedAddress", "");
        if (address.Length > 0 && !IPAddress.TryParse(address, out _))
        {
            reader.Refuse("Cluster:AdvertisedAddress", $"'{address}' must be an IP address at which the other silos reach this one, or empty");
        }
        return new ClusterOptions
        {
            ClusterId = reader.Text("Cluster:ClusterId", "metricsgrains"),
            ServiceId = reader.Text("Cluster:ServiceId", "metricsgrains"),
            AdvertisedAddress = address,
            SiloPort = reader.Int("Cluster:SiloPort", 11_111, 0, 65_535),
            RecoverLog = reader.Text("Cluster:RecoverLog", ""),
            EventHubs = EventHubsOptions.Read(reader),
        };
    }
}
