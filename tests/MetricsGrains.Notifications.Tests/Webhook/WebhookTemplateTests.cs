using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Tests.Receivers;
using MetricsGrains.Notifications.Webhook;

namespace MetricsGrains.Notifications.Tests.Webhook;

public sealed class WebhookTemplateTests
{
    [Fact]
    public async Task SendAsync_Template_IsTheGoldenBody()
    {
        const string template = """
            {
              "text": "{{severity}} {{rule}}: {{value}} {{unit}} (limit {{threshold}}) in {{tags.region}} – {{headline}}",
              "count": "{{count}}", "counted": "{{count}} alerts, {{firing}} firing, {{resolved}} over",
              "value": "{{value_number}}", "threshold": "{{ threshold_number }}",
              "link": "{{link}}", "silence": "{{silence}}", "runbook": "{{runbook}}",
              "literal": "{{{{rule}} and {{{{headline}}", "key": "{{group_key}}", "state": "{{group_status}}", "why": "{{reason}}",
              "nested": [{"deep": ["{{message}}", 1.5, true, null]}],
              "all": "{{messages}}",
              "alerts": "{{alerts}}"
            }
            """;
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        Channel channel = WebhookChannels.Of(receiver.Url, template: template);
        Assert.DoesNotContain(WebhookChannels.Notifier().Check(channel), p => !p.Warning);
        SendOutcome outcome = await WebhookChannels.Notifier().SendAsync(channel, Samples.Of(NotificationReason.Fired, Samples.Latency(), Samples.Silent()), CancellationToken.None);
        Assert.Equal(SendResult.Delivered, outcome.Result);
        Golden.AssertJson("webhook-template.json", receiver.Only.Text);
    }

    [Fact]
    public void Render_ValuesWithQuotesAndBraces_StayWithinTheirText()
    {
        AlertNotice notice = Samples.Latency() with { RuleName = "a\"},{\"x\":\"{{owner}}\\\n\u2028" };
        Assert.True(WebhookTemplate.TryParse("""{"name":"{{rule}}","head":"<{{headline}}>"}""", out WebhookTemplate? template, out _));
        JsonNode body = JsonNode.Parse(template.Render(Samples.Of(NotificationReason.Fired, notice)).ToJsonString())!;
        Assert.Equal(notice.RuleName, (string?)body["name"]);
        Assert.Equal($"<Critical: {notice.RuleName}>", (string?)body["head"]);
        Assert.Equal(2, body.AsObject().Count);
    }

    [Theory]
    [InlineData("{\"a\":{{value}}}", "quotes")]
    [InlineData("{\"a\":\"{{nonsense}}\"}", "$.a: there is no {{nonsense}}")]
    [InlineData("{\"a\":[\"{{value\"]}", "not closed")]
    [InlineData("{\"a\":\"all: {{alerts}}\"}", "alone")]
    [InlineData("\"{{value}}\"", "object or array")]
    [InlineData("{\"a\":1,\"a\":2}", "not JSON")]
    [InlineData("{\"a\":\"\\ud800\"}", "half a character")]
    [InlineData("null", "object or array")]
    public void Check_BadTemplate_SaysWhatIsWrong(string template, string text)
    {
        FieldProblem problem = Assert.Single(WebhookChannels.Notifier().Check(WebhookChannels.Of("https://example.com/", template: template)));
        Assert.Equal("template", problem.Field);
        Assert.Contains(text, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_DeepOrLongTemplate_IsAProblem()
    {
        Assert.False(WebhookTemplate.TryParse(new string('[', 100) + new string(']', 100), out _, out _));
        Assert.False(WebhookTemplate.TryParse("[\"" + new string('x', 70_000) + "\"]", out _, out _));
    }
}
