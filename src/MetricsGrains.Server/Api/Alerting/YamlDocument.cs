using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>
/// A YAML file read as what JSON can say, with the lines its values stand in. Plain scalars are numbers, true, false and null as JSON writes
/// them, anything else is text. Aliases are refused, for a few lines of them unfold to gigabytes; so is nesting that no rule has.
/// </summary>
internal sealed class YamlDocument
{
    private const int MaxDepth = 16;

    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly IParser _parser;

    private YamlDocument(IParser parser) => _parser = parser;

    /// <summary>Null for an empty file.</summary>
    public JsonNode? Root { get; private set; }

    /// <exception cref="ApiProblemException">400: not YAML, or not of the kind that is taken; says where.</exception>
    public static YamlDocument Read(string text)
    {
        using var reader = new StringReader(text);
        var document = new YamlDocument(new Parser(reader));
        try
        {
            document.ReadStream();
        }
        catch (YamlException error)
        {
            throw Refuse(error.Start, $"is not YAML: {error.Message}");
        }
        return document;
    }

    /// <summary>The line a value begins in, from 1; null when there is no such value.</summary>
    /// <param name="path">Like "rules[0].threshold".</param>
    public int? LineOf(string path) => _lines.TryGetValue(path, out int line) ? line : null;

    private static ApiProblemException Refuse(Mark at, string message) =>
        ApiProblemException.OfField("body", string.Create(CultureInfo.InvariantCulture, $"line {at.Line}: {message}"));

    private void ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (!TryTake(out DocumentStart? _))
        {
            return;
        }
        Root = ReadNode("", 0);
        _parser.Consume<DocumentEnd>();
        if (TryTake(out DocumentStart? second))
        {
            throw Refuse(second.Start, "a second document begins; put all rules into one");
        }
    }

    private JsonNode? ReadNode(string path, int depth)
    {
        ParsingEvent current = _parser.Current ?? throw new YamlException("the file breaks off");
        _lines.TryAdd(path, (int)current.Start.Line);
        if (depth > MaxDepth)
        {
            throw Refuse(current.Start, $"is nested more than {MaxDepth} deep");
        }
        if (TryTake(out Scalar? scalar))
        {
            return ValueOf(scalar);
        }
        if (TryTake(out SequenceStart? _))
        {
            return ReadSequence(path, depth);
        }
        if (TryTake(out MappingStart? _))
        {
            return ReadMapping(path, depth);
        }
        throw Refuse(current.Start, current is AnchorAlias ? "aliases are not taken; write the value out" : "a value is expected");
    }

    private bool TryTake<T>([NotNullWhen(true)] out T? taken)
        where T : ParsingEvent
    {
        taken = _parser.Current as T;
        if (taken is not null)
        {
            _parser.MoveNext();
        }
        return taken is not null;
    }

    private JsonArray ReadSequence(string path, int depth)
    {
        var list = new JsonArray();
        while (!TryTake(out SequenceEnd? _))
        {
            list.Add(ReadNode(string.Create(CultureInfo.InvariantCulture, $"{path}[{list.Count}]"), depth + 1));
        }
        return list;
    }

    private JsonObject ReadMapping(string path, int depth)
    {
        var map = new JsonObject();
        while (!TryTake(out MappingEnd? _))
        {
            ParsingEvent at = _parser.Current!;
            if (!TryTake(out Scalar? key))
            {
                throw Refuse(at.Start, "a name is expected before a colon");
            }
            if (map.ContainsKey(key.Value))
            {
                throw Refuse(key.Start, $"'{key.Value}' is there twice");
            }
            map.Add(key.Value, ReadNode(path.Length == 0 ? key.Value : $"{path}.{key.Value}", depth + 1));
        }
        return map;
    }

    private static JsonValue? ValueOf(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Plain || !scalar.IsPlainImplicit)
        {
            return JsonValue.Create(scalar.Value);
        }
        return scalar.Value switch
        {
            "" or "null" or "~" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            string text when YamlText.IsNumber(text) => JsonValue.Create(double.Parse(text, CultureInfo.InvariantCulture)),
            string text => JsonValue.Create(text),
        };
    }
}
