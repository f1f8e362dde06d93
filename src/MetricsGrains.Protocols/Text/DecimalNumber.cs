using System.Globalization;
using System.Runtime.CompilerServices;

namespace MetricsGrains.Protocols.Text;

/// <summary>
/// Decimal text to the nearest double, bit for bit what <see cref="double.Parse(string)"/> gives. Grammar: an optional sign,
/// digits with an optional point (".5" and "5." are numbers), an optional exponent. Nothing else: no spaces, hexadecimal, "NaN" or "Infinity".
/// Source of the fast path: William D. Clinger, "How to Read Floating Point Numbers Accurately" (PLDI 1990): a mantissa of at
/// most 2^53 times or over a power of ten of at most 10^22 are both exact doubles, so one operation rounds once.
/// </summary>
public static class DecimalNumber
{
    private const ulong ExactMantissa = 1UL << 53;
    private const ulong MantissaRoom = (ulong.MaxValue - 9) / 10;

    // Far beyond the range of a double, far below int overflow; only the slow path sees exponents this large.
    private const int ExponentCap = 1_000_000;

    private static ReadOnlySpan<double> PowersOfTen =>
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <returns>
    /// False unless all of <paramref name="text"/> is one number. A number too large for a double is a number: its value is
    /// an infinity, which the caller judges. One too small is zero.
    /// </returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        int at = 0;
        bool negative = false;
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
        {
            negative = text[0] == '-';
            at = 1;
        }
        ulong mantissa = 0;
        int digits = ReadDigits(text, ref at, ref mantissa, out bool fits);
        int exponent = 0;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            int fraction = ReadDigits(text, ref at, ref mantissa, out bool fractionFits);
            fits &= fractionFits;
            digits += fraction;
            exponent = -fraction;
        }
        if (digits == 0)
        {
            return false;
        }
        if (at < text.Length && !TryReadExponent(text, ref at, ref exponent))
        {
            return false;
        }
        if (fits && mantissa <= ExactMantissa && exponent is >= -22 and <= 22)
        {
            double magnitude = exponent < 0 ? mantissa / PowersOfTen[-exponent] : mantissa * PowersOfTen[exponent];
            value = negative ? -magnitude : magnitude;
            return true;
        }
        return TryParseSlowly(text, out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadDigits(ReadOnlySpan<byte> text, ref int at, ref ulong mantissa, out bool fits)
    {
        int start = at;
        fits = true;
        for (; at < text.Length; at++)
        {
            uint digit = (uint)(text[at] - '0');
            if (digit > 9)
            {
                break;
            }
            if (mantissa > MantissaRoom)
            {
                fits = false;
                continue;
            }
            mantissa = (mantissa * 10) + digit;
        }
        return at - start;
    }

    /// <summary>The exponent must end the text.</summary>
    private static bool TryReadExponent(ReadOnlySpan<byte> text, ref int at, ref int exponent)
    {
        if (text[at] is not ((byte)'e' or (byte)'E'))
        {
            return false;
        }
        at++;
        bool negative = at < text.Length && text[at] == '-';
        if (at < text.Length && text[at] is (byte)'-' or (byte)'+')
        {
            at++;
        }
        int start = at;
        int value = 0;
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++)
        {
            value = Math.Min(ExponentCap, (value * 10) + (text[at] - '0'));
        }
        exponent += negative ? -value : value;
        return at > start && at == text.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryParseSlowly(ReadOnlySpan<byte> text, out double value) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
}
