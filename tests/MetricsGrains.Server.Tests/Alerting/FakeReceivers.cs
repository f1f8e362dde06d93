using System.Collections.Concurrent;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Tests.Alerting;

/// <summary>The other sides of all channels: they answer what the test says, and keep what they took.</summary>
internal sealed class FakeReceivers : INotifier
{
    private readonly ConcurrentQueue<(string Channel, Notification Message)> _taken = [];

    /// <summary>By the channel's name; of others everything is taken.</summary>
    public ConcurrentDictionary<string, SendOutcome> Answers { get; } = [];

    /// <summary>Sends to the channel of this name don't end before the token says so.</summary>
    public string Hanging { get; set; } = "";

    public ChannelType Type => ChannelType.Webhook;

    /// <summary>What was delivered, oldest first: "ops: Fired CPU is hot".</summary>
    public IReadOnlyList<string> Taken => [.. _taken.Select(t => $"{t.Channel}: {t.Message.Reason} {string.Join(", ", t.Message.Alerts.Where(a => t.Message.Changed.Contains(a.IncidentKey)).Select(a => a.RuleName).Order(StringComparer.Ordinal))}")];

    public IReadOnlyList<Notification> Messages => [.. _taken.Select(t => t.Message)];

    public int Attempts { get; private set; }

    public IReadOnlyList<FieldProblem> Check(Channel channel) => [];

    public async Task<SendOutcome> SendAsync(Channel channel, Notification notification, CancellationToken cancel)
    {
        Attempts++;
        if (channel.Name == Hanging)
        {
            await Task.Delay(Timeout.Infinite, cancel);
        }
        SendOutcome answer = Answers.GetValueOrDefault(channel.Name) ?? SendOutcome.Delivered("200 ok");
        if (answer.Result == SendResult.Delivered)
        {
            _taken.Enqueue((channel.Name, notification));
        }
        return answer;
    }
}
