using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>
/// Walks packed values (<c>1:2:3</c>, DogStatsD v1.1). Empty ones (<c>1::2</c>) are skipped, as the Datadog agent does. A set's
/// value is one member, colons and all: the protocol excludes sets from packing, and members are often addresses and URLs.
/// </summary>
public ref struct StatsDValues
{
    private readonly bool _isSet;
    private ReadOnlySpan<byte> _rest;

    public StatsDValues(ReadOnlySpan<byte> packed, StatsDType type)
    {
        _rest = packed;
        _isSet = type == StatsDType.Set;
        Current = default;
    }

    public StatsDValue Current { get; private set; }

    public readonly StatsDValues GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_isSet)
        {
            Current = new StatsDValue(StatsDStatus.Ok, 0, _rest);
            bool any = !_rest.IsEmpty;
            _rest = default;
            return any;
        }
        while (!_rest.IsEmpty)
        {
            int colon = _rest.IndexOf((byte)':');
            ReadOnlySpan<byte> raw = colon < 0 ? _rest : _rest[..colon];
            _rest = colon < 0 ? default : _rest[(colon + 1)..];
            if (raw.IsEmpty)
            {
                continue;
            }
            bool good = DecimalNumber.TryParse(raw, out double value) && double.IsFinite(value);
            Current = good ? new StatsDValue(StatsDStatus.Ok, value, raw) : new StatsDValue(StatsDStatus.BadValue, 0, raw);
            return true;
        }
        return false;
    }
}
