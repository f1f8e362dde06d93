using System.Threading.Channels;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Cluster;

/// <summary>Claims for grains that are activated one by one, made of the store and told to the silos many at a time: after a silo's death thousands come at once.</summary>
internal sealed class ClaimQueue(IMetricClaims claims, Announcer announcer)
{
    private const int Most = 2_000;

    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });
    private int _isRunning;

    /// <returns>The claim, and the origins that the activation is to be brought up to date by.</returns>
    public Task<(MetricClaim Claim, IEnumerable<string> Awaited)> ClaimAsync(string metric, CancellationToken cancel)
    {
        var request = new Request(metric, new TaskCompletionSource<(MetricClaim, IEnumerable<string>)>(TaskCreationOptions.RunContinuationsAsynchronously));
        _requests.Writer.TryWrite(request);
        Start();
        return request.Claim.Task.WaitAsync(cancel);
    }

    private void Start()
    {
        if (Interlocked.Exchange(ref _isRunning, 1) == 0)
        {
            _ = Task.Run(RunAsync);
        }
    }

    private async Task RunAsync()
    {
        while (TakeAll() is { Count: > 0 } requests)
        {
            await ClaimAsync(requests);
        }
        Volatile.Write(ref _isRunning, 0);
        // What came between the last look and this.
        if (_requests.Reader.TryPeek(out _))
        {
            Start();
        }
    }

    private List<Request> TakeAll()
    {
        var requests = new List<Request>();
        while (requests.Count < Most && _requests.Reader.TryRead(out Request? request))
        {
            requests.Add(request);
        }
        return requests;
    }

    private async Task ClaimAsync(List<Request> requests)
    {
        try
        {
            // One metric may be asked for twice, where an activation that failed was tried again at once.
            string[] metrics = [.. requests.Select(r => r.Metric).Distinct(StringComparer.Ordinal)];
            IReadOnlyList<MetricClaim> claimed = await claims.ClaimAsync(metrics, CancellationToken.None);
            ILookup<string, string> awaited = await announcer.AnnounceAsync(claimed);
            Dictionary<string, MetricClaim> made = claimed.ToDictionary(c => c.Metric, StringComparer.Ordinal);
            foreach (Request request in requests)
            {
                request.Claim.TrySetResult((made[request.Metric], awaited[request.Metric]));
            }
        }
        catch (Exception error)
        {
            foreach (Request request in requests)
            {
                request.Claim.TrySetException(error);
            }
        }
    }

    private sealed record Request(string Metric, TaskCompletionSource<(MetricClaim, IEnumerable<string>)> Claim);
}
