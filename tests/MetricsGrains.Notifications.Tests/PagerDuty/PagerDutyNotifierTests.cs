using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Notifications.PagerDuty;
using MetricsGrains.Notifications.Tests.Receivers;

namespace MetricsGrains.Notifications.Tests.PagerDuty;

public sealed class PagerDutyNotifierTests
{
    private static readonly PagerDutyNotifier s_notifier = PagerDutyChannels.Notifier();

    [Fact]
    public async Task SendAsync_Fired_TriggersTheGoldenEvent()
    {
        var pagerDuty = new PagerDutyServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(pagerDuty.Answer);
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal(SendOutcome.Delivered("202 Event processed"), outcome);
        Assert.Equal("/v2/enqueue", receiver.Only.Path);
        Assert.Equal("application/json; charset=utf-8", receiver.Only.Headers.ContentType);
        Golden.AssertJson("pagerduty-trigger.json", receiver.Only.Text);
    }

    [Fact]
    public async Task SendAsync_SeveralAlerts_TriggerTheGoldenEvent()
    {
        var pagerDuty = new PagerDutyServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(pagerDuty.Answer);
        await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Silent(), Samples.Latency(), Samples.Resolve(Samples.Latency("us"))));
        Golden.AssertJson("pagerduty-several.json", receiver.Only.Text);
    }

    [Fact]
    public async Task SendAsync_LifeOfAGroup_IsOneIncident()
    {
        var pagerDuty = new PagerDutyServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(pagerDuty.Answer);
        AlertNotice eu = Samples.Latency(), us = Samples.Latency("us");
        var taken = new Acknowledgement("ann", Samples.NoonMs, "");
        (Notification Notification, string State)[] life =
        [
            (Samples.Of(NotificationReason.Fired, eu), "triggered"),
            (Samples.Of(NotificationReason.Fired, eu, us), "triggered"),
            (Samples.Of(NotificationReason.Acknowledged, eu with { Acknowledged = taken }, us), "acknowledged"),
            (Samples.Of(NotificationReason.Changed, Samples.Resolve(eu), us), "acknowledged"),
            (Samples.Of(NotificationReason.Resolved, Samples.Resolve(eu), Samples.Resolve(us)), "resolved"),
            (Samples.Of(NotificationReason.Resolved, Samples.Resolve(eu), Samples.Resolve(us)), "resolved"),
        ];
        foreach ((Notification notification, string state) in life)
        {
            Assert.Equal(SendResult.Delivered, (await SendAsync(receiver, notification)).Result);
            Assert.Equal(state, Assert.Single(pagerDuty.Incidents).Value);
        }
        Golden.AssertJson("pagerduty-acknowledge.json", receiver.Requests[2].Text);
        Golden.AssertJson("pagerduty-resolve.json", receiver.Requests[4].Text);
    }

    [Fact]
    public async Task SendAsync_Test_LeavesNoIncidentOpen()
    {
        var pagerDuty = new PagerDutyServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(pagerDuty.Answer);
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Test));
        Assert.Equal(SendOutcome.Delivered("202 Event processed; an incident was opened and resolved"), outcome);
        Assert.Equal("resolved", Assert.Single(pagerDuty.Incidents).Value);
        Assert.Equal("info", (string?)receiver.Requests[0].Json["payload"]!["severity"]);
    }

    [Theory]
    [InlineData(AlertSeverity.Critical, "critical")]
    [InlineData(AlertSeverity.Warning, "warning")]
    [InlineData(AlertSeverity.Info, "info")]
    public async Task SendAsync_Severity_IsPagerDutys(AlertSeverity severity, string expected)
    {
        var pagerDuty = new PagerDutyServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(pagerDuty.Answer);
        await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency() with { Severity = severity }));
        Assert.Equal(expected, (string?)receiver.Only.Json["payload"]!["severity"]);
    }

    [Fact]
    public async Task SendAsync_ThousandsOfLongAlerts_StayWithinPagerDutysLimits()
    {
        var pagerDuty = new PagerDutyServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(pagerDuty.Answer);
        string text = string.Concat(Enumerable.Repeat("😀\"<\n", 500));
        AlertNotice[] alerts = [.. Enumerable.Range(0, 2000).Select(i => Samples.Latency() with
        {
            RuleName = text,
            Message = text,
            Owner = text,
            Tags = TagSet.Of(Enumerable.Range(0, 50).Select(t => ($"key{t}", i + text[..400]))),
        })];
        Notification notification = Samples.Of(NotificationReason.Fired, alerts) with { GroupKey = new string('k', 5000) };
        SendOutcome outcome = await SendAsync(receiver, notification);
        Assert.Equal(SendResult.Delivered, outcome.Result);
        Assert.InRange(receiver.Only.Body.Length, 100_000, PagerDutyEvent.MaxBytes);
        string key = Assert.Single(pagerDuty.Incidents).Key;
        Assert.InRange(key.Length, 1, 255);
        await SendAsync(receiver, notification with { Reason = NotificationReason.Resolved, Alerts = [.. alerts.Select(Samples.Resolve)] });
        Assert.Equal("resolved", Assert.Single(pagerDuty.Incidents).Value);
        Assert.NotEqual(key, PagerDutyEvent.DedupKeyOf(new string('k', 5001)));
    }

    [Theory]
    [InlineData(400, """{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}""", SendResult.Rejected, "400 Event object is invalid: Length of 'routing_key' is incorrect")]
    [InlineData(403, "Forbidden", SendResult.Rejected, "check the Events API address")]
    [InlineData(413, "", SendResult.Rejected, "too large")]
    [InlineData(307, "", SendResult.Rejected, "redirects")]
    [InlineData(500, "", SendResult.Retry, "500")]
    [InlineData(503, "<html>", SendResult.Retry, "503 <html>")]
    [InlineData(200, "<html>Please log in</html>", SendResult.Retry, "not PagerDuty's answer")]
    public async Task SendAsync_OtherAnswer_MeansRetryOrRejected(int status, string body, SendResult result, string text)
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(status, body));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal(result, outcome.Result);
        Assert.Contains(text, outcome.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_TooManyRequests_WaitsAsLongAsAsked()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(429, """{"status":"throttle exceeded","message":"Requests for this service are arriving too quickly."}""", "30"));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal(SendOutcome.Retry("429 Requests for this service are arriving too quickly.", TimeSpan.FromSeconds(30)), outcome);
    }

    [Fact]
    public async Task SendAsync_AnswerRepeatsTheKey_HidesIt()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(400, $$"""{"status":"invalid event","message":"no service for {{PagerDutyServer.RoutingKey}}"}"""));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal("400 no service for •••", outcome.Answer);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("0123456789abcdef0123456789ABCDE!")]
    public void Check_NoRoutingKey_SaysWhichIsMeant(string key)
    {
        FieldProblem problem = Assert.Single(s_notifier.Check(PagerDutyChannels.Of("https://events.pagerduty.com/v2/enqueue", key)));
        Assert.Equal("routing_key", problem.Field);
        Assert.DoesNotContain(key, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AbsentKey_IsOneProblem() => Assert.Equal("routing_key", Assert.Single(s_notifier.Check(PagerDutyChannels.Of("https://events.eu.pagerduty.com/v2/enqueue", ""))).Field);

    [Fact]
    public async Task SendAsync_SettingsAreWrong_IsRejectedWithoutARequest()
    {
        SendOutcome outcome = await s_notifier.SendAsync(PagerDutyChannels.Of("file:///etc/passwd", "short"), Samples.Of(NotificationReason.Fired, Samples.Latency()), CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains("routing_key", outcome.Answer, StringComparison.Ordinal);
        Assert.Contains("events_url", outcome.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_NoBaseUrl_HasNoLinksButTheRunbook()
    {
        var pagerDuty = new PagerDutyServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(pagerDuty.Answer);
        await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()) with { BaseUrl = "" });
        Assert.Null(receiver.Only.Json["client_url"]);
        JsonNode link = Assert.Single(receiver.Only.Json["links"]!.AsArray())!;
        Assert.Equal("Runbook", (string?)link["text"]);
    }

    private static Task<SendOutcome> SendAsync(HttpReceiver receiver, Notification notification) =>
        s_notifier.SendAsync(PagerDutyChannels.Of(receiver.Url + "/v2/enqueue"), notification, CancellationToken.None);
}
