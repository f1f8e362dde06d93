namespace MetricsGrains.Server.Hosting;

/// <summary>All grains in this process.</summary>
public sealed class InProcessHosting : IGrainHosting
{
    // Records are missing that were never let go of: somebody deleted segments. What they held is in the store alone, so no cursor may vouch for the log.
    public Task<IGrainHost> StartAsync(GrainHostStart start, CancellationToken cancel) =>
        Task.FromResult<IGrainHost>(new InProcessGrainHost(start.Options.Shards, start.Options.Grains, start.Cursors, start.CompleteFromMs, start.IsCut ? "" : start.Origin, start.Time));
}
