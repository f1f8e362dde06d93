using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Writes what JSON can say as YAML that reads back as the same.</summary>
internal sealed class YamlText : IDisposable
{
    private readonly StringWriter _writer = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
    private readonly Emitter _emitter;

    private YamlText() => _emitter = new Emitter(_writer, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1_024, indentSequences: true));

    /// <summary>Empty texts, lists and objects, and nulls, of an object are left out.</summary>
    public static string Of(JsonElement value)
    {
        using var text = new YamlText();
        text._emitter.Emit(new StreamStart());
        text._emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        text.Write(value);
        text._emitter.Emit(new DocumentEnd(isImplicit: true));
        text._emitter.Emit(new StreamEnd());
        return text._writer.ToString();
    }

    /// <summary>Whether a plain scalar is a number: as JSON writes it, or with a plus.</summary>
    public static bool IsNumber(string text) =>
        text.Length > 0 && (char.IsAsciiDigit(text[^1]) || text[^1] == '.') && (char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.')
        && double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double _);

    public void Dispose() => _writer.Dispose();

    private void Write(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                _emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
                foreach (JsonProperty member in value.EnumerateObject().Where(m => !IsEmpty(m.Value)))
                {
                    WriteText(member.Name);
                    Write(member.Value);
                }
                _emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                bool flow = value.EnumerateArray().All(e => e.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array));
                _emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, flow ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (JsonElement element in value.EnumerateArray())
                {
                    Write(element);
                }
                _emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                WriteText(value.GetString()!);
                break;
            default:
                _emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value.GetRawText(), ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false));
                break;
        }
    }

    private void WriteText(string text) => _emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, StyleOf(text), isPlainImplicit: true, isQuotedImplicit: true));

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    // Plain only where no reader of any version of YAML takes it for something else; the emitter quotes what its syntax would trip over.
    private static ScalarStyle StyleOf(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ' ') && text[^1] != ' ' && !IsWord(text) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted;

    private static bool IsWord(string text) => text.ToLowerInvariant() is "null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n";
}
