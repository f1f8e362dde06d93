using System.Net;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// Tells an external dead-man's service that alerting lives: at every interval, but only while rules really were evaluated lately. When the calls
/// stop, for whatever reason, that service pages.
/// </summary>
/// <param name="lastRoundMs">When rules were last evaluated with success, Unix ms; rules or none. Null: that is another node's duty, and so is the heartbeat.</param>
public sealed partial class Heartbeat(AlertingOptions options, Func<long?> lastRoundMs, TimeProvider time, ILogger<Heartbeat> logger) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new() { Timeout = Timeout };
    private long _sent;
    private long _failed;
    private bool _failing;
    private bool _silent;

    /// <summary>Calls that were answered with success.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Calls that were not.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>How old the last evaluation round may be.</summary>
    private TimeSpan Patience => options.EvaluationInterval * 2;

    /// <summary>Returns at once when no URL is set.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (options.HeartbeatUrl.Length == 0)
        {
            return;
        }
        using var timer = new PeriodicTimer(options.HeartbeatInterval, time);
        try
        {
            do
            {
                await BeatAsync(stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task BeatAsync(CancellationToken stop)
    {
        if (lastRoundMs() is not { } last)
        {
            return;
        }
        long age = time.GetUtcNow().ToUnixTimeMilliseconds() - last;
        if (age > (long)Patience.TotalMilliseconds)
        {
            // Being silent is the message; the log has it once.
            if (!_silent)
            {
                LogNotEvaluating(logger, age / 1000);
            }
            _silent = true;
            return;
        }
        _silent = false;
        string? problem = await AskAsync(stop);
        if (problem is null)
        {
            Interlocked.Increment(ref _sent);
            _failing = false;
            return;
        }
        Interlocked.Increment(ref _failed);
        if (!_failing)
        {
            LogFailed(logger, problem);
        }
        _failing = true;
    }

    /// <returns>Null when it was answered well. Never the URL: it is as good as a password.</returns>
    private async Task<string?> AskAsync(CancellationToken stop)
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(options.HeartbeatUrl, HttpCompletionOption.ResponseHeadersRead, stop);
            return answer.IsSuccessStatusCode ? null : $"it answered {(int)answer.StatusCode}";
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            return error is HttpRequestException { StatusCode: HttpStatusCode status } ? $"it answered {(int)status}" : error is TaskCanceledException ? "no answer in time" : "it can't be reached";
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "No heartbeat is sent: rules were last evaluated with success {Seconds} s ago. Look for rules in the state error, a machine without a processor to spare, or a store that does not answer.")]
    private static partial void LogNotEvaluating(ILogger logger, long seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The heartbeat service did not take the heartbeat: {Problem}. It is sent again at every interval; check MetricsGrains:Alerting:Heartbeat:Url.")]
    private static partial void LogFailed(ILogger logger, string problem);
}
