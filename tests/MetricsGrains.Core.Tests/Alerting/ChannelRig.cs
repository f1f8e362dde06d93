using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>A channel's grain with a store that can be restored from, and a clock.</summary>
internal sealed class ChannelRig
{
    private readonly Random _random;

    public ChannelRig(Channel? channel = null, int seed = 1)
    {
        _random = new Random(seed);
        Channel = channel ?? Some();
        SavedState = ChannelState.New(Channel.Id);
        Grain = Restore();
    }

    public const long Start = 1_776_416_400_000;

    public long Now { get; set; } = Start;

    public Channel Channel { get; private set; }

    public ChannelGrain Grain { get; private set; }

    public FakeSuppressions Suppressions { get; } = new();

    public ChannelState SavedState { get; private set; }

    public Dictionary<Guid, OutboxMessage> SavedMessages { get; } = [];

    public List<AlertEvent> Events { get; } = [];

    /// <summary>Delivered, in order.</summary>
    public List<Notification> Delivered { get; } = [];

    public static Channel Some() => new() { Id = new Guid("aaaaaaaa-0000-0000-0000-000000000001"), Name = "ops", Type = ChannelType.Webhook };

    public static AlertNotice Notice(string host, long incidentMs = Start, AlertStatus status = AlertStatus.Firing) => SomeRule.Notice(("host", host)) with
    {
        Instance = "host:" + host,
        IncidentMs = incidentMs,
        Status = status,
        EndedMs = status == AlertStatus.Resolved ? incidentMs + 1 : null,
        RepeatInterval = TimeSpan.FromHours(4),
    };

    public void Save(ChannelOutcome outcome)
    {
        Assert.True(outcome.MustSave || (outcome.Messages.Count == 0 && outcome.Events.Count == 0));
        if (outcome.MustSave)
        {
            // Through its stored form, so that nothing hangs on what is only in memory.
            SavedState = AlertJson.Read<ChannelState>(AlertJson.Write(outcome.State));
            foreach (OutboxMessage message in outcome.Messages)
            {
                SavedMessages[message.Id] = AlertJson.Read<OutboxMessage>(AlertJson.Write(message));
            }
            Events.AddRange(outcome.Events);
        }
    }

    public void Crash() => Grain = Restore();

    public void Edit(Func<Channel, Channel> edit) => Save(Grain.Edit(Channel = edit(Channel), Now));

    public void Notify(params AlertNotice[] notices) => Save(Grain.Notify([.. notices.Select(n => n with { AtMs = Now })], Now));

    public async Task TickAsync() => Save(await Grain.TickAsync(Now, CancellationToken.None));

    /// <summary>Ticks each second for a while and sends what is due.</summary>
    public async Task RunAsync(TimeSpan time, Func<Notification, SendOutcome>? send = null)
    {
        for (long end = Now + (long)time.TotalMilliseconds; Now < end; Now += 1_000)
        {
            await TickAsync();
            while (Grain.NextDue(Now) is { } due)
            {
                SendOutcome outcome = send?.Invoke(due.Notification) ?? SendOutcome.Delivered("200 ok");
                if (outcome.Result == SendResult.Delivered)
                {
                    Delivered.Add(due.Notification);
                }
                Save(Grain.Complete(due.Id, outcome, Now));
            }
        }
    }

    private ChannelGrain Restore() => new(Channel, SavedState, [.. SavedMessages.Values.Where(m => m.Status == OutboxStatus.Waiting)], Suppressions, "https://mg", _random, Now);
}
