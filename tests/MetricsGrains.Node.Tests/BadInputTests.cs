using System.Globalization;
using System.Text;

namespace MetricsGrains.Node.Tests;

/// <summary>Hostile and broken StatsD over real sockets: counted by reason, and never at the cost of a good line beside it.</summary>
public sealed class BadInputTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Recent = "from=now-10m&to=now&resolution=10s";

    private static int _good;

    private NodeProcess Node => fixture.Node;

    public static TheoryData<string, string> BadLines => new()
    {
        { "nocolon", "missing_value" },
        { "novalue:", "missing_value" },
        { ":1|c", "missing_name" },
        { "notype:1", "missing_type" },
        { "notype:1|", "missing_type" },
        { "odd:1|zz", "unknown_type" },
        { "empty:|c", "missing_value" },
        { "nan:NaN|g", "bad_value" },
        { "inf:Inf|g", "bad_value" },
        { "neginf:-Infinity|g", "bad_value" },
        { "huge:1e400|g", "bad_value" },
        { "hex:0x10|g", "bad_value" },
        { "rate0:1|c|@0", "bad_sample_rate" },
        { "rateneg:1|c|@-1", "bad_sample_rate" },
        { "ratetiny:1|c|@1e-300", "bad_sample_rate" },
        { "rate2:1|c|@2", "bad_sample_rate" },
        { "old:1|c|T1", "too_old" },
        { "future:1|c|T4102444800", "too_new" },
        { "stamp:1|c|Tsoon", "bad_timestamp" },
        { "tag:1|c|#:x", "bad_tag" },
        { "longtag:1|c|#k:" + new string('v', 1_025), "tag_too_long" },
        { new string('n', 256) + ":1|c", "name_too_long" },
        { "tab\t:1|c", "control_character" },
        { "_e{3,3}:ab|abc", "bad_event" },
        { "_sc|db|9", "bad_service_check" },
    };

    [Theory]
    [MemberData(nameof(BadLines))]
    public async Task Udp_BadLineBetweenGoodOnes_IsCountedByReasonAndCostsNoOther(string line, string reason)
    {
        string good = NewName();
        double before = await Node.RejectedAsync(reason);

        await Node.UdpAsync($"{good}:1|c\n{line}\n{good}:2|c");

        await Eventually.EqualAsync(3, () => Node.TotalAsync(good, "sum", Recent), $"the good lines beside '{line}'");
        await Eventually.EqualAsync(before + 1, () => Node.RejectedAsync(reason), $"'{line}' is counted as {reason}");
    }

    [Theory]
    [MemberData(nameof(BadLines))]
    public async Task Tcp_BadLineBetweenGoodOnes_IsCountedByReasonAndCostsNoOther(string line, string reason)
    {
        string good = NewName();
        double before = await Node.RejectedAsync(reason);

        await Node.TcpAsync($"{good}:1|c\n{line}\n{good}:2|c");

        await Eventually.EqualAsync(3, () => Node.TotalAsync(good, "sum", Recent), $"the good lines beside '{line}'");
        await Eventually.EqualAsync(before + 1, () => Node.RejectedAsync(reason), $"'{line}' is counted as {reason}");
    }

    [Fact]
    public async Task Udp_InvalidUtf8_IsCountedAndCostsNoOther()
    {
        string good = NewName();
        double before = await Node.RejectedAsync("bad_utf8");

        await Node.UdpAsync([.. Encoding.UTF8.GetBytes(good + ":1|c\nx"), 0xC3, 0x28, .. ":1|c\ny:1|c|#k:"u8, 0xFF, .. Encoding.UTF8.GetBytes($"\n{good}:2|c")]);

        await Eventually.EqualAsync(3, () => Node.TotalAsync(good, "sum", Recent), "the good lines");
        await Eventually.EqualAsync(before + 2, () => Node.RejectedAsync("bad_utf8"), "invalid UTF-8 in a name and in a tag");
    }

    [Fact]
    public async Task Udp_EmptyDatagram_IsNoHarm()
    {
        string good = NewName();

        await Node.UdpAsync("");
        await Node.UdpAsync("\n\r\n\n");
        await Node.UdpAsync(good + ":1|c");

        await Eventually.EqualAsync(1, () => Node.TotalAsync(good, "sum", Recent), "the datagram after the empty ones");
    }

    [Fact]
    public async Task Udp_LargestDatagram_IsTakenInWhole()
    {
        const int largest = 65_507;
        string good = NewName(), line = good + ":1|c\n";
        string datagram = string.Concat(Enumerable.Repeat(line, largest / line.Length)).PadRight(largest, '\n');

        await Node.UdpAsync(datagram);

        await Eventually.EqualAsync(largest / line.Length, () => Node.TotalAsync(good, "sum", Recent), "every line of the datagram");
    }

    [Fact]
    public async Task Udp_LargestDatagramWithoutALineBreak_IsOneBadLine()
    {
        double before = await Node.RejectedAsync("missing_value");

        await Node.UdpAsync(new string('x', 65_507));

        await Eventually.EqualAsync(before + 1, () => Node.RejectedAsync("missing_value"), "one bad line");
    }

    [Fact]
    public async Task Udp_TenThousandTags_IsCountedAndCostsNoOther()
    {
        string good = NewName();
        double before = await Node.RejectedAsync("too_many_tags");

        await Node.UdpAsync($"{good}:1|c|#{string.Join(',', Enumerable.Range(0, 10_000))}\n{good}:2|c");

        await Eventually.EqualAsync(2, () => Node.TotalAsync(good, "sum", Recent), "the good line");
        await Eventually.EqualAsync(before + 1, () => Node.RejectedAsync("too_many_tags"), "the line with too many tags");
    }

    [Fact]
    public async Task Tcp_NameOfAMegabyte_IsCountedAndCostsNoOther()
    {
        string good = NewName();
        double before = await Node.RejectedAsync("line_too_long");

        await Node.TcpAsync($"{good}:1|c\n{new string('n', 1 << 20)}:1|c\n{good}:2|c\n");

        await Eventually.EqualAsync(3, () => Node.TotalAsync(good, "sum", Recent), "the good lines");
        await Eventually.EqualAsync(before + 1, () => Node.RejectedAsync("line_too_long"), "the long line");
    }

    [Fact]
    public async Task Udp_PackedValuesWithABadOne_CostsThatValueOnly()
    {
        string good = NewName();
        double before = await Node.RejectedAsync("bad_value");

        await Node.UdpAsync(good + ":1:x:2|d");

        await Eventually.EqualAsync(3, () => Node.TotalAsync(good, "sum", Recent), "the good values");
        await Eventually.EqualAsync(before + 1, () => Node.RejectedAsync("bad_value"), "the bad value");
    }

    [Fact]
    public async Task Udp_UnknownFieldsInAnyOrder_AreIgnored()
    {
        string good = NewName();

        await Node.UdpAsync($"{good}:3|c|card:low|c:ci-0123456789abcdef|#a:b|e:it-false,cn-x|zzz|@0.5");

        await Eventually.EqualAsync(6, () => Node.TotalAsync(good, "sum", Recent + "&tags=a:b"), "the value, scaled");
    }

    private static string NewName() => "bad.good" + Interlocked.Increment(ref _good).ToString(CultureInfo.InvariantCulture);
}
