using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Alerting;

/// <summary>A node's time as the one that evaluates the rules and sends the messages, from reading their states until it stops or another node has taken over.</summary>
internal sealed class EvaluationDuty
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];

    private EvaluationDuty(AlertingParts parts)
    {
        Channels = new ChannelHost(parts.Store, parts.Patience, parts.Suppressions, parts.Notifiers, parts.Options, parts.Meters, parts.Time, parts.Loggers.CreateLogger<ChannelHost>());
        Rules = new RuleHost(parts.Store, parts.Patience, Channels, parts.Suppressions, parts.Observer, parts.Continuity, parts.Options, parts.Meters, parts.Mark, parts.Time);
        Scheduler = new AlertScheduler(Rules, parts.Options, parts.Mark, parts.Meters, parts.Time, parts.Loggers.CreateLogger<AlertScheduler>());
    }

    public RuleHost Rules { get; }

    public ChannelHost Channels { get; }

    public AlertScheduler Scheduler { get; }

    /// <exception cref="StoreUnavailableException">Without its states nobody knows what was told, so there is no start.</exception>
    public static async Task<EvaluationDuty> StartAsync(AlertingParts parts, CancellationToken cancel)
    {
        var duty = new EvaluationDuty(parts);
        try
        {
            await parts.Suppressions.ReloadAsync(cancel);
            await duty.Channels.StartAsync(cancel);
            await duty.Rules.StartAsync(cancel);
        }
        catch
        {
            await duty.StopAsync(save: false);
            throw;
        }
        duty._loops.Add(duty.Channels.RunAsync(duty._stop.Token));
        duty._loops.Add(duty.Scheduler.RunAsync(duty._stop.Token));
        return duty;
    }

    /// <summary>Ends the loops. What was not sent is in the outbox.</summary>
    /// <param name="save">Whether to save what is left: not when another node has written its own states since.</param>
    public async Task StopAsync(bool save)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        if (save)
        {
            await Rules.SaveRestAsync();
            await Channels.SaveRestAsync();
        }
        Rules.Dispose();
        Channels.Dispose();
        _stop.Dispose();
    }
}
