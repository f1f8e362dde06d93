using System.Text.Json;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>
/// Reads one JSON object of a request member by member, and collects every mistake rather than the first. An absent member, or null, is its
/// default. What was not asked for in the end is a mistake too: nobody should believe that a misspelt threshold was taken.
/// </summary>
internal sealed class JsonFields
{
    /// <summary>An object without members.</summary>
    public static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement.Clone();

    private readonly JsonElement _object;
    private readonly string _path;
    private readonly List<FieldProblem> _problems;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <param name="path">What its members' names begin with in messages: "" or "recurrence.".</param>
    public JsonFields(JsonElement element, string path, List<FieldProblem> problems)
    {
        _path = path;
        _problems = problems;
        _object = element;
        if (element.ValueKind != JsonValueKind.Object)
        {
            Add(path.Length > 0 ? "" : "body", "must be a JSON object");
            _object = Empty;
        }
    }

    /// <summary>Whether the member is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Whether the member is there, if only as null.</summary>
    public bool Names(string name)
    {
        _known.Add(name);
        return _object.TryGetProperty(name, out _);
    }

    public string Text(string name, string byDefault) =>
        Find(name) is not { } member ? byDefault
        : member.ValueKind == JsonValueKind.String ? member.GetString()!
        : Wrong(name, "must be text", byDefault);

    public bool Flag(string name, bool byDefault) =>
        Find(name) is not { } member ? byDefault
        : member.ValueKind is JsonValueKind.True or JsonValueKind.False ? member.GetBoolean()
        : Wrong(name, "must be true or false", byDefault);

    public double Number(string name, double byDefault) =>
        Find(name) is not { } member ? byDefault
        : member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out double value) ? value
        : Wrong(name, "must be a number, neither NaN nor infinite", byDefault);

    public int Whole(string name, int byDefault) =>
        Find(name) is not { } member ? byDefault
        : member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out int value) ? value
        : Wrong(name, "must be a whole number", byDefault);

    public TimeSpan Duration(string name, TimeSpan byDefault)
    {
        const string advice = "must be a duration like 90s, 5m, 12h or 7d, or a number of seconds";
        return Find(name) is not { } member ? byDefault
            : member.ValueKind == JsonValueKind.String && AlertDuration.TryParse(member.GetString()!, out TimeSpan span) ? span
            : member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out double seconds) && Math.Abs(seconds) < 1e9 ? TimeSpan.FromSeconds(seconds)
            : Wrong(name, advice, byDefault);
    }

    public Guid? Id(string name) =>
        Find(name) is not { } member ? null
        : member.ValueKind == JsonValueKind.String && Guid.TryParse(member.GetString(), out Guid id) ? id
        : Wrong<Guid?>(name, "must be an id like 3f2504e0-4f89-11d3-9a0c-0305e82c3301", null);

    /// <summary>ISO 8601 with a zone, or Unix ms.</summary>
    public long? Time(string name)
    {
        if (Find(name) is not { } member)
        {
            return null;
        }
        if (member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out long unixMs) && Math.Abs(unixMs) < 250_000_000_000_000)
        {
            return unixMs;
        }
        return member.ValueKind == JsonValueKind.String && ApiTime.TryParse(member.GetString()!, out long at)
            ? at
            : Wrong<long?>(name, "must be a time in ISO 8601 with a zone (2026-04-17T09:00:00Z), or Unix milliseconds", null);
    }

    /// <summary>One of several words.</summary>
    public T Choice<T>(string name, T byDefault, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        if (Find(name) is not { } member)
        {
            return byDefault;
        }
        string[] words = new string[choices.Length];
        for (int i = 0; i < choices.Length; i++)
        {
            words[i] = choices[i].Word;
            if (member.ValueKind == JsonValueKind.String && member.GetString()!.Equals(choices[i].Word, StringComparison.OrdinalIgnoreCase))
            {
                return choices[i].Value;
            }
        }
        string hint = member.ValueKind == JsonValueKind.String ? NearestName.Hint(member.GetString()!, words) : "";
        return Wrong(name, $"must be one of {string.Join(", ", words)}{hint}", byDefault);
    }

    public IReadOnlyList<string> Texts(string name, IReadOnlyList<string> byDefault)
    {
        if (Find(name) is not { } member)
        {
            return byDefault;
        }
        return member.ValueKind == JsonValueKind.Array && member.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String)
            ? [.. member.EnumerateArray().Select(e => e.GetString()!)]
            : Wrong(name, "must be a list of texts", byDefault);
    }

    public IReadOnlyList<JsonElement> Elements(string name) =>
        Find(name) is not { } member ? []
        : member.ValueKind == JsonValueKind.Array ? [.. member.EnumerateArray()]
        : Wrong<IReadOnlyList<JsonElement>>(name, "must be a list", []);

    public JsonElement? Element(string name) => Find(name);

    /// <summary>In the form in which alerting is stored; see <see cref="AlertJson"/>.</summary>
    public T Stored<T>(string name, T byDefault)
    {
        if (Find(name) is not { } member)
        {
            return byDefault;
        }
        try
        {
            return member.Deserialize<T>(AlertJson.Options) ?? byDefault;
        }
        catch (JsonException error)
        {
            // Its own words, without the position that it appends.
            int end = error.Message.IndexOf(" Path: ", StringComparison.Ordinal);
            return Wrong(name, end < 0 ? error.Message : error.Message[..end], byDefault);
        }
    }

    /// <summary>Members that are known and mean nothing here: what an answer says and a request may bring back.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _known.Add(name);
        }
    }

    /// <summary>Complains of every member that was not asked for.</summary>
    public void RefuseOthers()
    {
        foreach (JsonProperty member in _object.EnumerateObject().Where(m => !_known.Contains(m.Name)))
        {
            Add(member.Name, $"there is no such field{NearestName.Hint(member.Name, _known)}");
        }
    }

    public void Add(string name, string message) => _problems.Add(new FieldProblem((_path + name).TrimEnd('.'), message));

    private JsonElement? Find(string name)
    {
        _known.Add(name);
        return _object.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;
    }

    private T Wrong<T>(string name, string message, T byDefault)
    {
        Add(name, message);
        return byDefault;
    }
}
