using System.Text.Json.Nodes;

namespace MetricsGrains.Notifications.Slack;

/// <summary>A message in Slack's form.</summary>
/// <param name="Text">What notifications show, and what is left when Slack does not take the layout.</param>
/// <param name="Blocks">The head.</param>
/// <param name="Attachments">One for each alert, as only attachments have a colour.</param>
internal sealed record SlackMessage(string Text, IReadOnlyList<JsonObject> Blocks, IReadOnlyList<JsonObject> Attachments)
{
    /// <summary>The same without layout.</summary>
    public SlackMessage Plain() => new(Text, [], []);

    /// <summary>The members that every method and webhook takes.</summary>
    public JsonObject ToJson() => new()
    {
        ["text"] = Text,
        ["blocks"] = new JsonArray([.. Blocks.Select(b => b.DeepClone())]),
        ["attachments"] = new JsonArray([.. Attachments.Select(a => a.DeepClone())]),
    };
}
