namespace MetricsGrains.Browser.Tests;

/// <summary>A node that evaluates its rules every two seconds and may send to this machine.</summary>
public class AlertingFixture : BrowserFixture
{
    protected override string[] Arguments => ["--MetricsGrains:Alerting:EvaluationInterval=2s", "--MetricsGrains:Alerting:AllowPrivateWebhooks=true"];
}
