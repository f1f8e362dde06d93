using System.Diagnostics.CodeAnalysis;

namespace MetricsGrains.Protocols.Json;

/// <summary>
/// Reads the points of one HTTP body, in order. The first byte that is no space tells the form: <c>[</c> an array of points,
/// anything else one point a line (NDJSON, blank lines skipped), or a single point over several lines. In an array a bad
/// point costs itself, and broken JSON ends the body with one last refusal. Of lines, a bad one costs itself whatever is wrong
/// with it. Members: name, type, value or values, tags, timestamp, unit; null is the same as absent.
/// </summary>
/// <remarks>Never throws, and allocates nothing but scratch that grows with the longest escaped set member.</remarks>
public ref struct JsonPointReader
{
    private readonly JsonPointScratch _scratch;
    private readonly bool _isArray;
    private JsonScanner _scanner;
    private bool _isDone;
    private int _index;
    private JsonPoint _current;

    /// <param name="body">Decompressed; a UTF-8 byte order mark is skipped. Borrowed by the reader and its points.</param>
    public JsonPointReader(ReadOnlySpan<byte> body, JsonPointScratch scratch)
    {
        _scratch = scratch;
        _scanner = new JsonScanner(body, body.StartsWith("\uFEFF"u8) ? 3 : 0);
        _isDone = !_scanner.SkipSpace();
        _isArray = !_isDone && _scanner.Next == '[';
        _scanner.At += _isArray ? 1 : 0;
        _index = -1;
        _current = default;
    }

    /// <summary>Good until the next move.</summary>
    [UnscopedRef]
    public readonly ref readonly JsonPoint Current => ref _current;

    /// <summary>For foreach. Walks from where this reader is.</summary>
    public readonly JsonPointReader GetEnumerator() => this;

    /// <returns>False after the last point; true for each refused one too: see its status.</returns>
    public bool MoveNext()
    {
        _index++;
        _current = default;
        _current.Index = _index;
        return !_isDone && (_isArray ? TryReadElement() : TryReadLine());
    }

    private bool TryReadElement()
    {
        if (!_scanner.SkipSpace())
        {
            return End(JsonSyntax.CutOff);
        }
        if (_scanner.Next == ']')
        {
            _scanner.At++;
            _isDone = true;
            return _scanner.SkipSpace() && End(JsonSyntax.Broken);
        }
        // The comma is taken here and not after the element, so that a point which is whole counts before what follows it is judged.
        if (_index > 0)
        {
            if (_scanner.Next != ',')
            {
                return End(JsonSyntax.Broken);
            }
            _scanner.At++;
            if (!_scanner.SkipSpace())
            {
                return End(JsonSyntax.CutOff);
            }
        }
        JsonSyntax syntax = ReadPoint(ref _scanner);
        return syntax == JsonSyntax.Ok || End(syntax);
    }

    /// <summary>Refuses what is left of the body.</summary>
    private bool End(JsonSyntax syntax)
    {
        _isDone = true;
        _current = new JsonPoint { Index = _index, Status = JsonPointStatuses.Of(syntax), ErrorAt = _scanner.At };
        return true;
    }

    private bool TryReadLine()
    {
        ReadOnlySpan<byte> body = _scanner.Text;
        int start = _scanner.At;
        int length = body[start..].IndexOf((byte)'\n');
        int end = length < 0 ? body.Length : start + length;
        var line = new JsonScanner(body[..end], start);
        JsonSyntax syntax = ReadWhole(ref line);
        if (syntax == JsonSyntax.CutOff && _index == 0 && end < body.Length && TryReadSingle(start))
        {
            _isDone = true;
            return true;
        }
        if (syntax != JsonSyntax.Ok)
        {
            _current = new JsonPoint { Index = _index, Status = JsonPointStatuses.Of(syntax), ErrorAt = line.At };
        }
        _scanner.At = end;
        _isDone = !_scanner.SkipSpace();
        return true;
    }

    /// <summary>The first line is the beginning of something: perhaps of one object over several lines, which is then the whole body.</summary>
    private bool TryReadSingle(int start)
    {
        _current = new JsonPoint { Index = _index };
        var whole = new JsonScanner(_scanner.Text, start);
        return ReadWhole(ref whole) == JsonSyntax.Ok;
    }

    private JsonSyntax ReadWhole(ref JsonScanner scanner)
    {
        JsonSyntax syntax = ReadPoint(ref scanner);
        return syntax == JsonSyntax.Ok && scanner.SkipSpace() ? JsonSyntax.Broken : syntax;
    }

    private JsonSyntax ReadPoint(ref JsonScanner scanner)
    {
        if (scanner.Next != '{')
        {
            _current.Status = JsonPointStatus.NotAnObject;
            return scanner.ReadValue(out _);
        }
        var fields = new JsonPointFields();
        JsonSyntax syntax = fields.Read(ref scanner);
        if (syntax == JsonSyntax.Ok)
        {
            _current.Status = JsonPointRules.Apply(in fields, scanner.Text, _scratch, ref _current);
        }
        return syntax;
    }
}
