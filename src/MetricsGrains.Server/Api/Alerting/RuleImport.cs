using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>
/// POST /api/v1/alert-rules/import: rules from YAML (or JSON, which is YAML). Each is the rule of its id, else of its name, else a new one; rules that
/// the file does not have stay. All of it or nothing; with dry_run=true nothing, but the same answer.
/// </summary>
internal sealed class RuleImport
{
    private const int MaxBytes = 8 * 1_048_576;
    private const int MaxRules = 10_000;

    private readonly AlertRequest _request;
    private readonly ChannelNames _channels;
    private readonly IReadOnlyList<AlertRule> _stored;
    private readonly List<FieldProblem> _problems = [];
    private readonly List<(AlertRule Rule, AlertRule? Before)> _rules = [];

    private RuleImport(AlertRequest request, ChannelNames channels, IReadOnlyList<AlertRule> stored)
    {
        _request = request;
        _channels = channels;
        _stored = stored;
    }

    public static async Task<IResult> ImportAsync(AlertRequest request)
    {
        var import = new RuleImport(request, await RuleEndpoints.ChannelsAsync(request), await request.Services.Store.ListRulesAsync(request.Cancel));
        string by = request.By();
        await import.ReadAsync(YamlDocument.Read(Decode(await request.BytesAsync(MaxBytes))));
        IReadOnlyList<FieldProblem> warnings = AlertRequest.Refuse(import._problems);
        bool dryRun = request.Parameters.Text("dry_run") == "true";
        (AlertRule Rule, AlertRule? Before)[] changed = [.. import._rules.Where(r => r.Before is null || RuleEdits.IsChanged(r.Before, r.Rule))];
        if (!dryRun)
        {
            await import.SaveAsync(changed, by);
        }
        return ApiAnswer.Of(new
        {
            dry_run = dryRun,
            created = changed.Where(r => r.Before is null).Select(r => r.Rule.Name),
            updated = changed.Where(r => r.Before is not null).Select(r => new { name = r.Rule.Name, changes = AlertRuleChanges.Between(r.Before!, r.Rule) }),
            unchanged = import._rules.Count - changed.Length,
        }, warnings);
    }

    private static string Decode(byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw ApiProblemException.OfField("body", "is not UTF-8");
        }
    }

    private async Task ReadAsync(YamlDocument document)
    {
        if (document.Root is not JsonObject root || root["rules"] is not JsonArray rules)
        {
            throw ApiProblemException.OfField("rules", "the file must have a list named rules, as the export does");
        }
        foreach ((string name, JsonNode? _) in root.Where(m => m.Key is not ("rules" or "version")))
        {
            _problems.Add(new FieldProblem(name, $"line {document.LineOf(name)}: there is no such field; rules go under rules"));
        }
        if (root["version"] is { } version && !(version is JsonValue value && value.TryGetValue(out double format) && format == RuleExport.Format))
        {
            _problems.Add(new FieldProblem("version", $"must be {RuleExport.Format}: this program does not know another form"));
        }
        if (rules.Count > MaxRules)
        {
            throw ApiProblemException.OfField("rules", $"{rules.Count} rules, more than {MaxRules}");
        }
        for (int i = 0; i < rules.Count; i++)
        {
            await ReadRuleAsync(document, rules[i], string.Create(CultureInfo.InvariantCulture, $"rules[{i}]"));
        }
    }

    private async Task ReadRuleAsync(YamlDocument document, JsonNode? node, string path)
    {
        var own = new List<FieldProblem>();
        var fields = new JsonFields(JsonSerializer.SerializeToElement(node), "", own);
        fields.Ignore("version");
        string name = fields.Text("name", "").Trim();
        Guid? id = fields.Id("id");
        AlertRule? before = _stored.FirstOrDefault(r => r.Id == id) ?? _stored.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        AlertRule rule = RuleBody.Read(fields, RuleBody.NewRule(before?.Id ?? id ?? Guid.NewGuid()), _channels, isNew: true);
        fields.RefuseOthers();
        if (own.Count == 0)
        {
            own.AddRange(await RuleChecks.CheckAsync(rule, before, _channels, _request.Services, _request.Cancel));
            CheckUnique(rule, own);
            _rules.Add((rule, before));
        }
        _problems.AddRange(own.Select(p => p with { Field = p.Field == "body" ? path : $"{path}.{p.Field}", Message = Where(document, path, p.Field, name) + p.Message }));
    }

    /// <summary>"'High latency', line 12: ".</summary>
    private static string Where(YamlDocument document, string path, string field, string name)
    {
        int? line = document.LineOf($"{path}.{field}") ?? document.LineOf(path);
        string at = line is null ? "" : string.Create(CultureInfo.InvariantCulture, $"line {line}: ");
        return name.Length > 0 ? $"'{name}', {at}" : at;
    }

    private void CheckUnique(AlertRule rule, List<FieldProblem> own)
    {
        if (_rules.Exists(r => r.Rule.Id == rule.Id || r.Rule.Name.Equals(rule.Name, StringComparison.OrdinalIgnoreCase)))
        {
            own.Add(new FieldProblem("name", "is in the file twice, or twice the same rule is meant"));
        }
        else if (_stored.Any(r => r.Id != rule.Id && r.Name.Equals(rule.Name, StringComparison.OrdinalIgnoreCase)))
        {
            own.Add(new FieldProblem("name", "there is another rule of that name"));
        }
    }

    private async Task SaveAsync((AlertRule Rule, AlertRule? Before)[] changed, string by)
    {
        var edits = new RuleEdits(_request.Services, _channels, _request.NowMs, by);
        RuleSave[] saves = [.. changed.Select(r => edits.Stamp(r.Rule, r.Before)).Zip(changed, (stamped, r) => new RuleSave(stamped, edits.EventOf(stamped, r.Before)))];
        IReadOnlyList<EditResult> results = await _request.Services.Store.SaveRulesAsync(saves, _request.Cancel);
        string[] refused = [.. saves.Where((_, i) => results[i] != EditResult.Done).Select(s => s.Rule.Name)];
        if (refused.Length > 0)
        {
            throw new ApiProblemException(StatusCodes.Status409Conflict, $"somebody else edited meanwhile: {string.Join(", ", refused)}. Nothing was imported; import again");
        }
        foreach (RuleSave save in saves)
        {
            await _request.Services.Grains.ReloadRuleAsync(save.Rule.Id, CancellationToken.None);
        }
    }
}
