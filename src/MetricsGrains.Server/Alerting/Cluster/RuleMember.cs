using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>One activation of a rule's grain in a cluster: all of it but what hosts it. Calls may overlap.</summary>
internal sealed class RuleMember(Guid id, IFencedState fenced, AlertMembers host, Action end) : IAlertMember
{
    private readonly FencedStateStore<AlertRuleState> _states = new(fenced, new StoredRuleState(host.Parts.Store, id));
    private readonly SemaphoreSlim _edits = new(1, 1);
    private readonly TimeProvider _time = host.Parts.Time;
    private readonly long _intervalMs = (long)host.Parts.Options.EvaluationInterval.TotalMilliseconds;
    private readonly CancellationTokenSource _stop = new();
    private volatile RuleShell? _shell;
    private Task _evaluation = Task.CompletedTask;
    private bool _isGone;
    private long? _beganAt;
    private long _dueMs;

    public Guid Id => id;

    /// <summary>Null: there is no such rule.</summary>
    public RuleShell? Shell => _shell;

    /// <summary>Whether it is to be woken for evaluations.</summary>
    public bool IsEvaluated => _shell is { Rule.Enabled: true };

    /// <summary>When its next turn is, Unix ms.</summary>
    public long DueMs => Interlocked.Read(ref _dueMs);

    public bool Exists => _shell is not null;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Has its host end this activation; the next call makes another, where the rule belongs.</summary>
    public void End() => end();

    /// <summary>How long from now until a turn of the rule's.</summary>
    public TimeSpan UntilTurn()
    {
        long now = NowMs;
        return TimeSpan.FromMilliseconds(RuleTurn.NextAfter(id, _intervalMs, now) - now);
    }

    public async Task ActivateAsync(CancellationToken cancel)
    {
        Interlocked.Exchange(ref _dueMs, RuleTurn.NextAfter(id, _intervalMs, NowMs));
        await ReloadAsync(null, cancel);
    }

    /// <summary>The rule's turn has come. One that comes twice, or soon after a late one, is none.</summary>
    public void Wake()
    {
        if (_shell is not { Rule.Enabled: true } shell)
        {
            return;
        }
        long now = NowMs;
        long late = Math.Max(0, now - DueMs);
        // One that comes a moment early must not be waited for once more.
        Interlocked.Exchange(ref _dueMs, RuleTurn.NextAfter(id, _intervalMs, now + (_intervalMs / 4)));
        bool wasJustNow = _beganAt is { } began && _time.GetElapsedTime(began).TotalMilliseconds < _intervalMs / 2.0;
        if (!wasJustNow && shell.TryQueue())
        {
            _beganAt = _time.GetTimestamp();
            _evaluation = host.Room.EvaluateAsync(shell, late, _stop.Token);
        }
    }

    /// <param name="request">A <see cref="RuleRequest"/>.</param>
    /// <returns>A <see cref="RuleReply"/>.</returns>
    public async Task<byte[]> AskAsync(byte[] request, CancellationToken cancel) => AlertWire.Encode(await AnswerAsync(AlertWire.Decode<RuleRequest>(request), cancel));

    /// <summary>The activation ends: an evaluation under way is left to the next one, and what there is to save is saved.</summary>
    public async Task CloseAsync()
    {
        try
        {
            await _stop.CancelAsync();
            await _evaluation;
            await ((_shell as IAlertShell)?.CloseAsync() ?? Task.CompletedTask);
            _stop.Dispose();
        }
        finally
        {
            host.Remove(this);
        }
    }

    private async Task<RuleReply> AnswerAsync(RuleRequest request, CancellationToken cancel)
    {
        if (request.Call is RuleCall.Reload or RuleCall.Ensure)
        {
            await ReloadAsync(request.Call == RuleCall.Ensure ? request.Version : null, cancel);
            return new RuleReply(Brief(), _shell is not null);
        }
        if (_shell is not { } shell)
        {
            return new RuleReply(null);
        }
        TagSet tags = request.Tags ?? TagSet.Empty;
        switch (request.Call)
        {
            case RuleCall.Describe:
                return new RuleReply(shell.Standing, IsDone: true);
            case RuleCall.Evaluate:
                return new RuleReply(Brief(), await shell.EvaluateAsync(cancel));
            case RuleCall.Mute:
                await shell.MuteAsync(request.Mute, request.By, cancel);
                return new RuleReply(Brief(), IsDone: true);
            case RuleCall.Acknowledge when request.Acknowledgement is { } acknowledgement:
                return new RuleReply(Brief(), await shell.AcknowledgeAsync(tags, acknowledgement, cancel));
            case RuleCall.Forget:
                return new RuleReply(Brief(), await shell.ForgetAsync(tags, request.By, cancel));
            case RuleCall.Tells:
                return new RuleReply(Brief(), IsDone: true, [.. (request.Incidents ?? []).Where(i => shell.Tells(request.ChannelId, i))]);
            default:
                throw new FormatException($"a rule is asked for {request.Call}, which this version does not know");
        }
    }

    /// <summary>The rule without its instances, of which there may be a thousand.</summary>
    private AlertRuleStanding? Brief() => _shell is { Standing: var standing } ? standing with { State = AlertRuleState.New(id) } : null;

    /// <summary>Goes by what the store has of the rule now.</summary>
    /// <param name="known">Nothing is to be done when this is the version it goes by; null: whichever.</param>
    private async Task ReloadAsync(int? known, CancellationToken cancel)
    {
        // One after another: two edits whose readings crossed would leave the older one.
        await _edits.WaitAsync(cancel);
        try
        {
            if (_isGone)
            {
                throw new InvalidOperationException($"this activation of the rule {id} has ended");
            }
            if (known is null || _shell?.Rule.Version != known)
            {
                await TakeOverAsync(await host.Parts.Store.FindRuleAsync(id, cancel), cancel);
            }
        }
        finally
        {
            _edits.Release();
        }
    }

    private async Task TakeOverAsync(AlertRule? rule, CancellationToken cancel)
    {
        RuleShell? shell = _shell;
        if (rule is null)
        {
            _shell = null;
            _isGone = shell is not null;
            if (shell is not null)
            {
                await shell.DeleteAsync(cancel);
            }
            else if (!fenced.Initial.IsEmpty)
            {
                // Its last activation did not live to do it.
                _isGone = true;
                await _states.DeleteAsync(cancel);
            }
            return;
        }
        if (ChannelRoute.Of(rule, host.Channels.Channels).Missing.Count > 0)
        {
            // It may have been made a moment ago, by way of another silo.
            await host.Channels.RefreshAsync(cancel);
        }
        if (shell is null)
        {
            shell = await MakeAsync(rule, cancel);
            try
            {
                await shell.SettleAsync(cancel);
            }
            catch
            {
                // There is no activation: what it inhibits must not outlive it.
                shell.Dispose();
                throw;
            }
            _shell = shell;
        }
        else
        {
            await shell.EditAsync(rule, cancel);
        }
    }

    private async Task<RuleShell> MakeAsync(AlertRule rule, CancellationToken cancel)
    {
        AlertingParts parts = host.Parts;
        AlertRuleState state = await _states.OpenAsync(await parts.Store.ReadRuleStateAsync(id, cancel), s => s.Revision, cancel) ?? AlertRuleState.New(id);
        AlertRule? evaluated = await EvaluatedVersion.FindAsync(parts.Store, rule, state, cancel);
        var grain = new AlertGrain(rule, state, evaluated, host.Settings, parts.Observer, parts.Continuity, parts.Time);
        return new RuleShell(grain, _states, parts.Patience, host.Channels, parts.Suppressions, parts.Meters, parts.Time);
    }
}
