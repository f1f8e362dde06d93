using System.Text;
using System.Text.Json;
using MetricsGrains.Core.Alerting;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>GET /api/v1/alert-rules/export: all rules as YAML. Channels by name, without anything of their settings.</summary>
internal static class RuleExport
{
    public const int Format = 1;

    public static void MapExport(this AlertingRoutes routes) => routes.Map("GET", RuleEndpoints.Path + "/export", ExportAsync);

    public static string Text(IEnumerable<AlertRule> rules, ChannelNames channels)
    {
        var file = new Dictionary<string, object> { ["version"] = Format, ["rules"] = rules.Select(r => Written(r, channels)).ToArray() };
        return "# MetricsGrains alert rules. POST this file to " + RuleEndpoints.Path + "/import to bring it in; rules are found again by id, else by name.\n" + YamlText.Of(JsonSerializer.SerializeToElement(file));
    }

    private static async Task<IResult> ExportAsync(AlertRequest request)
    {
        string text = Text(await request.Services.Store.ListRulesAsync(request.Cancel), await RuleEndpoints.ChannelsAsync(request));
        return Results.File(Encoding.UTF8.GetBytes(text), "application/yaml; charset=utf-8", "alert-rules.yaml");
    }

    private static Dictionary<string, object?> Written(AlertRule rule, ChannelNames channels)
    {
        Dictionary<string, object?> written = RuleJson.Definition(rule, channels);
        // Said by channels already; and a channel that is gone leaves an id that means nothing anywhere else.
        written.Remove("notification_channel");
        written["channels"] = rule.Channels.Select(channels.Shown).Where(c => !Guid.TryParse(c, out _)).ToArray();
        return written;
    }
}
