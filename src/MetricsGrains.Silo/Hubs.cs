using MetricsGrains.Server.Options;
using MetricsGrains.Server.Partitioned;

namespace MetricsGrains.Silo;

/// <summary>The event hub, where this silo was built with it: its package is not in every registry.</summary>
internal static class Hubs
{
    /// <exception cref="IOException">It can't be opened; the message says what to do.</exception>
#if EVENTHUBS
    public static async Task<IPartitionedHub> OpenAsync(EventHubsOptions settings, CancellationToken cancel)
    {
        try
        {
            return await Streaming.EventHubs.AzureHub.OpenAsync(settings, cancel);
        }
        catch (HubUnavailableException error)
        {
            throw new IOException($"{error.Message.TrimEnd('.')}. Check {NodeOptions.Section}:EventHubs:ConnectionString, and whether this machine reaches the hub.", error);
        }
    }
#else
    public static Task<IPartitionedHub> OpenAsync(EventHubsOptions settings, CancellationToken cancel) =>
        throw new IOException($"{NodeOptions.Section}:EventHubs is set ({settings}), and this silo was built without it. Build it with -p:EventHubs=true, or take the setting away.");
#endif
}
