namespace MetricsGrains.Protocols.Json;

/// <summary>
/// ISO 8601 in its extended format: <c>YYYY-MM-DDThh:mm[:ss[.fraction]]zone</c>, the zone Z, ±hh, ±hhmm or ±hh:mm; a space or
/// a lower-case t or z will do (RFC 3339, section 5.6). Digits after the milliseconds are cut off. A leap second is the second after :59.
/// </summary>
internal static class IsoTime
{
    private const int MaxOffsetMinutes = 24 * 60;

    public static JsonPointStatus TryParse(ReadOnlySpan<byte> text, out long unixMs)
    {
        unixMs = 0;
        if (text.Length < 16 || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':'
            || !TryDigits(text[..4], out int year) || !TryDigits(text.Slice(5, 2), out int month) || !TryDigits(text.Slice(8, 2), out int day)
            || !TryDigits(text.Slice(11, 2), out int hour) || !TryDigits(text.Slice(14, 2), out int minute)
            || month is < 1 or > 12 || hour > 23 || minute > 59)
        {
            return JsonPointStatus.BadTimestamp;
        }
        ReadOnlySpan<byte> rest = text[16..];
        if (!TryTakeSeconds(ref rest, out int second, out int millisecond))
        {
            return JsonPointStatus.BadTimestamp;
        }
        if (year == 0)
        {
            return JsonPointStatus.TimestampOutOfRange;
        }
        if (day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return JsonPointStatus.BadTimestamp;
        }
        if (rest.IsEmpty)
        {
            return JsonPointStatus.TimestampWithoutZone;
        }
        if (!TryReadZone(rest, out int offsetMinutes))
        {
            return JsonPointStatus.BadTimestamp;
        }
        long days = new DateOnly(year, month, day).DayNumber - 719_162; // 1970-01-01 is day 719,162 of the calendar
        unixMs = (((((days * 24) + hour) * 60) + minute - offsetMinutes) * 60_000) + (second * 1000) + millisecond;
        return JsonPointStatus.Ok;
    }

    private static bool TryTakeSeconds(scoped ref ReadOnlySpan<byte> rest, out int second, out int millisecond)
    {
        second = 0;
        millisecond = 0;
        if (rest.IsEmpty || rest[0] != ':')
        {
            return true;
        }
        if (rest.Length < 3 || !TryDigits(rest.Slice(1, 2), out second) || second > 60)
        {
            return false;
        }
        rest = rest[3..];
        if (rest.IsEmpty || rest[0] is not ((byte)'.' or (byte)','))
        {
            return true;
        }
        int at = 1;
        int weight = 100;
        for (; at < rest.Length && (uint)(rest[at] - '0') <= 9; at++)
        {
            millisecond += (rest[at] - '0') * weight;
            weight /= 10;
        }
        rest = rest[at..];
        return at > 1;
    }

    private static bool TryReadZone(ReadOnlySpan<byte> zone, out int offsetMinutes)
    {
        offsetMinutes = 0;
        if (zone.Length == 1)
        {
            return zone[0] is (byte)'Z' or (byte)'z';
        }
        bool colon = zone.Length == 6 && zone[3] == ':';
        if (zone[0] is not ((byte)'+' or (byte)'-') || !(colon || zone.Length is 3 or 5) || !TryDigits(zone.Slice(1, 2), out int hours))
        {
            return false;
        }
        int minutes = 0;
        if (zone.Length > 3 && (!TryDigits(zone[^2..], out minutes) || minutes > 59))
        {
            return false;
        }
        offsetMinutes = (hours * 60) + minutes;
        offsetMinutes = zone[0] == '-' ? -offsetMinutes : offsetMinutes;
        return Math.Abs(offsetMinutes) < MaxOffsetMinutes;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (byte b in text)
        {
            uint digit = (uint)(b - '0');
            if (digit > 9)
            {
                return false;
            }
            value = (value * 10) + (int)digit;
        }
        return true;
    }
}
