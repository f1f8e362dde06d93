using System.Diagnostics.Metrics;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Storage.Sqlite;
using MetricsGrains.Testbed;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Alerting;

/// <summary>Rules, channels and their scheduler as a node has them, on a real store, with a clock, data and receivers that the test rules.</summary>
internal sealed class AlertingRig : IAsyncDisposable
{
    public const long Start = 1_776_416_400_000;

    private static readonly CancellationToken s_none = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("mg-alerting-").FullName;
    private readonly Meter _meter = new("alerting-rig");
    private readonly MeterListener _listener = new();
    private readonly List<double> _lateness = [];
    private readonly AlertMeters _meters;
    private readonly AlertingOptions _options;
    private CancellationTokenSource _stop = new();
    private RuleHost? _rules;
    private ChannelHost? _channels;

    private AlertingRig(AlertingOptions options)
    {
        _options = options;
        Source = new FakeSource(Clock);
        Store = new UnreliableAlertStore(new SqliteAlertStore(Path.Combine(_folder, "alerts.db"), Clock));
        Patience = new StorePatience("the alert store", Clock);
        Silences = new Suppressions(Store, Clock);
        _meters = new AlertMeters(_meter);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, _meter))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            lock (_lateness)
            {
                _lateness.Add(value);
            }
        });
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Failures += instrument.Name.EndsWith("evaluation_failures", StringComparison.Ordinal) ? value : 0);
        _listener.Start();
    }

    public ManualClock Clock { get; } = new(Start);

    public FakeSource Source { get; }

    public FakeReceivers Receivers { get; } = new();

    public UnreliableAlertStore Store { get; }

    public StorePatience Patience { get; }

    public Suppressions Silences { get; }

    public RuleHost Rules => _rules!;

    public ChannelHost Channels => _channels!;

    public AlertScheduler Scheduler { get; private set; } = null!;

    /// <summary>By how much each evaluation was late, ms.</summary>
    public IReadOnlyList<double> Lateness
    {
        get
        {
            lock (_lateness)
            {
                return [.. _lateness];
            }
        }
    }

    /// <summary>Evaluations that could not read their data.</summary>
    public long Failures { get; private set; }

    public static async Task<AlertingRig> StartAsync(AlertingOptions? options = null)
    {
        var rig = new AlertingRig(options ?? new AlertingOptions { PublicUrl = "https://mg" });
        await rig.Store.OpenAsync(s_none);
        await rig.StartHostsAsync();
        return rig;
    }

    public AlertingParts Parts() => new(Store, Patience, Silences, [Receivers], Source, Source, _options, _meters, new EvaluationMark(Path.Combine(_folder, "mark")), Clock, NullLoggerFactory.Instance);

    /// <summary>A channel that sends at once, unless changed.</summary>
    public async Task<Channel> AddChannelAsync(string name, Func<Channel, Channel>? change = null)
    {
        var channel = new Channel { Id = Guid.NewGuid(), Name = name, Type = ChannelType.Webhook, GroupWait = TimeSpan.Zero, GroupInterval = TimeSpan.Zero };
        channel = change?.Invoke(channel) ?? channel;
        await EditChannelAsync(channel);
        return channel;
    }

    public async Task EditChannelAsync(Channel channel)
    {
        Assert.Equal(EditResult.Done, await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), s_none));
        await Channels.ReloadAsync(channel.Id, s_none);
    }

    public async Task DeleteChannelAsync(Channel channel)
    {
        Assert.Equal(EditResult.Done, await Store.DeleteChannelAsync(channel.Id, null, Edit(AlertEventKind.ChannelEdited), s_none));
        await Channels.ReloadAsync(channel.Id, s_none);
    }

    /// <summary>cpu &gt; 90, told to ops, unless changed.</summary>
    public async Task<AlertRule> AddRuleAsync(string name = "CPU is hot", Func<AlertRule, AlertRule>? change = null)
    {
        var rule = new AlertRule { Id = Guid.NewGuid(), Name = name, MetricName = "cpu", Threshold = 90, Channels = ["ops"], CreatedAtMs = Clock.NowMs };
        rule = change?.Invoke(rule) ?? rule;
        await EditRuleAsync(rule);
        return rule;
    }

    public async Task EditRuleAsync(AlertRule rule)
    {
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleEdited), s_none));
        await Rules.ReloadAsync(rule.Id, s_none);
    }

    public AlertInstance Instance(AlertRule rule, string tags = "") => Rules.Find(rule.Id)!.Standing.State.Instances.Single(i => i.Tags.ToString() == tags);

    public async Task<IReadOnlyList<AlertEvent>> EventsAsync(AlertRule rule, params AlertEventKind[] kinds) =>
        [.. (await Store.ReadEventsAsync(new AlertEventQuery(rule.Id, null, null, kinds, 0, long.MaxValue, null, 1_000), s_none)).Reverse()];

    /// <summary>Time passes, a second at a time; in each everything that is due is done.</summary>
    public async Task RunAsync(TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await LookAsync();
        }
    }

    public async Task LookAsync()
    {
        Scheduler.Look(_stop.Token);
        await SettleAsync(Scheduler.SettledAsync());
        Channels.Look(_stop.Token);
        await SettleAsync(Channels.SettledAsync());
    }

    /// <summary>The process dies, and another begins with what was saved.</summary>
    public async Task RestartAsync()
    {
        await StopHostsAsync();
        await StartHostsAsync();
    }

    /// <summary>Another process does without this one from now on.</summary>
    public async Task StopHostsAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(Scheduler.SettledAsync(), Channels.SettledAsync());
        Rules.Dispose();
        Channels.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Store.Hangs = false;
        await StopHostsAsync();
        await Store.DisposeAsync();
        _listener.Dispose();
        _meter.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartHostsAsync()
    {
        _stop = new CancellationTokenSource();
        AlertingParts parts = Parts();
        await Silences.ReloadAsync(s_none);
        _channels = new ChannelHost(parts.Store, parts.Patience, Silences, parts.Notifiers, parts.Options, parts.Meters, Clock, NullLogger<ChannelHost>.Instance);
        _rules = new RuleHost(parts.Store, parts.Patience, _channels, Silences, Source, Source, parts.Options, parts.Meters, parts.Mark, Clock);
        Scheduler = new AlertScheduler(_rules, parts.Options, parts.Mark, parts.Meters, Clock, NullLogger<AlertScheduler>.Instance);
        await _channels.StartAsync(s_none);
        await _rules.StartAsync(s_none);
    }

    /// <summary>While something hangs that ends only when the clock goes on, there is nothing to wait for but that everything else got its turn.</summary>
    private async Task SettleAsync(Task settled)
    {
        if (Store.Hangs || !Source.Gate.IsCompleted || Receivers.Hanging.Length > 0)
        {
            await Task.WhenAny(settled, Task.Delay(30));
        }
        else
        {
            await settled.WaitAsync(TimeSpan.FromMinutes(1));
        }
    }

    private AlertEvent Edit(AlertEventKind kind) => new() { AtMs = Clock.NowMs, Kind = kind, By = "test" };
}
