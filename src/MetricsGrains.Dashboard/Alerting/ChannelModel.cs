using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>One channel: its form, what it sent and could not send, and how its other side answers.</summary>
public sealed class ChannelModel(IAlertStore store, IAlertGrains grains, IEnumerable<INotifier> notifiers, TimeProvider time)
{
    /// <summary>Deliveries shown.</summary>
    public const int MaxMessages = 50;

    private const long RefreshMs = 3_000;

    // With its secrets: nothing of it is shown but through ChannelView.
    private Channel? _stored;
    private Guid _id = Guid.NewGuid();
    private bool _touched;
    private long _refreshedAt = long.MinValue / 2;

    public ChannelDraft Draft { get; private set; } = new();

    /// <summary>As stored; null for a new one.</summary>
    public ChannelView? Saved { get; private set; }

    public bool IsMissing { get; private set; }

    public bool IsDirty { get; private set; }

    /// <summary>Of an untouched form none.</summary>
    public IReadOnlyList<FieldProblem> Problems { get; private set; } = [];

    /// <summary>Channels that can be told when this one fails.</summary>
    public IReadOnlyList<ChannelChoice> Others { get; private set; } = [];

    /// <summary>Rules that tell it, by name.</summary>
    public IReadOnlyList<AlertRule> Rules { get; private set; } = [];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<OutboxMessage> Messages { get; private set; } = [];

    /// <summary>Given up, newest first.</summary>
    public IReadOnlyList<OutboxMessage> Dead { get; private set; } = [];

    public ChannelState? State { get; private set; }

    public bool IsSet(string secret) => Saved?.SecretsSet.Contains(secret) == true && !Draft.Cleared.Contains(secret);

    public async Task BeginAsync(ChannelType type, CancellationToken cancel)
    {
        (_stored, Saved, _id, _touched, IsDirty, IsMissing) = (null, null, Guid.NewGuid(), false, false, false);
        Draft = ChannelDraft.New(type);
        Problems = [];
        await ReadOthersAsync(cancel);
    }

    public async Task OpenAsync(Guid id, CancellationToken cancel)
    {
        _stored = await store.FindChannelAsync(id, cancel);
        (_id, IsMissing, IsDirty, _touched, Problems) = (id, _stored is null, false, false, []);
        Saved = _stored is null ? null : ChannelView.Of(_stored);
        Draft = Saved is null ? new ChannelDraft() : ChannelDraft.Of(Saved);
        await ReadOthersAsync(cancel);
        await ReadMessagesAsync(cancel);
    }

    public void Change(ChannelDraft draft)
    {
        Draft = draft;
        IsDirty = true;
        if (_touched)
        {
            Check(out _);
        }
    }

    /// <summary>Another type has other settings; only a new channel can change it.</summary>
    public void ChangeType(ChannelType type) => Change(ChannelDraft.New(type) with { Name = Draft.Name, Enabled = Draft.Enabled });

    /// <returns>Null: the form has errors, and nothing was tried.</returns>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<EditResult?> SaveAsync(string by, CancellationToken cancel)
    {
        _touched = true;
        Channel channel = Check(out bool sound);
        if (!sound)
        {
            return null;
        }
        var edit = new AlertEvent
        {
            AtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Kind = AlertEventKind.ChannelEdited,
            ChannelId = channel.Id,
            ChannelName = channel.Name,
            Detail = _stored is null ? "created" : Summary(_stored, channel),
            By = by,
        };
        EditResult result = await store.SaveChannelAsync(channel, edit, cancel);
        if (result == EditResult.Done)
        {
            await grains.ReloadChannelAsync(channel.Id, CancellationToken.None);
            await OpenAsync(channel.Id, cancel);
        }
        else if (result == EditResult.NameTaken)
        {
            Problems = [.. Problems, new FieldProblem("name", $"there is another channel named '{channel.Name}'")];
        }
        return result;
    }

    public async Task<EditResult> DeleteAsync(string by, CancellationToken cancel)
    {
        var edit = new AlertEvent
        {
            AtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Kind = AlertEventKind.ChannelEdited,
            ChannelId = _id,
            ChannelName = Saved?.Name ?? "",
            Detail = "deleted",
            By = by,
        };
        EditResult result = await store.DeleteChannelAsync(_id, Saved?.Version, edit, cancel);
        if (result == EditResult.Done)
        {
            await grains.ReloadChannelAsync(_id, CancellationToken.None);
        }
        return result;
    }

    /// <returns>What the other side said; null: there is no such channel any more.</returns>
    public async Task<SendOutcome?> TestAsync(CancellationToken cancel)
    {
        SendOutcome? outcome = await grains.SendTestAsync(_id, cancel);
        await ReadMessagesAsync(cancel);
        return outcome;
    }

    public async Task<bool> ReplayAsync(OutboxMessage message, string by, CancellationToken cancel)
    {
        bool done = await grains.ReplayAsync(_id, message.Id, by, cancel);
        await ReadMessagesAsync(cancel);
        return done;
    }

    /// <returns>Whether anything that is shown changed.</returns>
    public async Task<bool> TickAsync(long nowMs, CancellationToken cancel)
    {
        if (Saved is null || nowMs - _refreshedAt < RefreshMs)
        {
            return false;
        }
        _refreshedAt = nowMs;
        (IReadOnlyList<OutboxMessage> before, IReadOnlyList<OutboxMessage> deadBefore, ChannelState? stateBefore) = (Messages, Dead, State);
        await ReadMessagesAsync(cancel);
        return !Same(before, Messages) || !Same(deadBefore, Dead) || stateBefore?.FailedInARow != State?.FailedInARow || stateBefore?.FailureTold != State?.FailureTold;
    }

    private static bool Same(IReadOnlyList<OutboxMessage> a, IReadOnlyList<OutboxMessage> b) =>
        a.Select(m => (m.Id, m.Status, m.Attempts, m.NextAttemptMs)).SequenceEqual(b.Select(m => (m.Id, m.Status, m.Attempts, m.NextAttemptMs)));

    private Channel Check(out bool sound)
    {
        ChannelEdit edit = Draft.ToEdit(out IReadOnlyList<FieldProblem> unread);
        List<FieldProblem> problems = [.. unread, .. edit.Check(_stored)];
        Channel channel = edit.Apply(_stored, _id, time.GetUtcNow().ToUnixTimeMilliseconds());
        // The notifier knows what belongs together; where the form itself is wrong it would only say so again.
        if (problems.All(p => p.Warning) && notifiers.FirstOrDefault(n => n.Type == channel.Type) is { } notifier)
        {
            problems.AddRange(notifier.Check(channel));
        }
        Problems = problems;
        sound = problems.All(p => p.Warning);
        return channel;
    }

    // Names only: what is in a setting may be meant for few, and what is in a secret for nobody.
    private static string Summary(Channel before, Channel after)
    {
        var changed = new List<string>();
        void Compare<T>(string name, T a, T b)
        {
            if (!EqualityComparer<T>.Default.Equals(a, b))
            {
                changed.Add(name);
            }
        }
        Compare("name", before.Name, after.Name);
        Compare(after.Enabled ? "switched on" : "switched off", before.Enabled, after.Enabled);
        foreach (ChannelField field in ChannelSchema.Of(after.Type))
        {
            Compare(field.Name, (field.Secret ? before.Secrets : before.Settings).GetValueOrDefault(field.Name, ""), (field.Secret ? after.Secrets : after.Settings).GetValueOrDefault(field.Name, ""));
        }
        Compare("grouping", before.Grouping, after.Grouping);
        Compare("group_wait", before.GroupWait, after.GroupWait);
        Compare("group_interval", before.GroupInterval, after.GroupInterval);
        Compare("rate_per_minute", before.RatePerMinute, after.RatePerMinute);
        Compare("fallback", before.FallbackId, after.FallbackId);
        return changed.Count == 0 ? "nothing changed" : "changed " + string.Join(", ", changed);
    }

    private async Task ReadOthersAsync(CancellationToken cancel)
    {
        IReadOnlyList<ChannelChoice> all = await ChannelChoice.ListAsync(store, cancel);
        Others = [.. all.Where(c => c.Id != _id)];
        Rules = all.FirstOrDefault(c => c.Id == _id) is { } mine ? [.. (await store.ListRulesAsync(cancel)).Where(r => r.Channels.Any(mine.Is))] : [];
    }

    private async Task ReadMessagesAsync(CancellationToken cancel)
    {
        if (Saved is null)
        {
            (Messages, Dead, State) = ([], [], null);
            return;
        }
        Messages = await store.ListMessagesAsync(_id, null, MaxMessages, cancel);
        Dead = await store.ListMessagesAsync(_id, OutboxStatus.Dead, MaxMessages, cancel);
        State = await store.ReadChannelStateAsync(_id, cancel);
    }
}
