namespace MetricsGrains.Core.Tests.Wire;

/// <summary>The golden messages as a later version would write them: with fields of its own at the end of every part that has a length.</summary>
internal static class LaterMessage
{
    /// <param name="later">The later fields' bytes, in hex; empty for version 1 as it is.</param>
    public static string Of(string name, string later) => name switch
    {
        "query" => "018098C296ED6680BAB703A09C010103077365727669636504686F737403"
            + Part("00077365727669636503617069", later) + Part("0104686F737400", later) + Part("020772C3A967696F6E0465752D2A", later),
        "answer" => "0104026D738098C296ED66E0E9C696ED6604"
            + Part("904E8098C296ED6602"
                + Part("0100" + "03" + "0AD00FF8CF02" + "0A" + "D7990302B06D0706ABAAAAAAAAAA1EC0555555555555D53F06010600010200", later)
                + Part("0D010773657276696365" + "03617069" + "01" + "C0B90701FF7C00020E" + "0401000101", later), later)
            + Part("09" + Part("018098C296ED6601" + Part("01000104" + "02", later), later) + Part("010000", later) + "01"
                + Part("026D7301066E6F64652D31AC02078098C296ED66", later), later),
        "summary" => ShopRequests,
        "summaries" => "0102" + Part(ShopRequests[2..], later) + Part("02C3A9050000000000000000000000000000000000000000FFFFFFFFFFFFFFFFFF0100", later),
        "series" => "0102" + Part("EFCDAB896745230101008098C296ED66", later) + Part("01000000000000000D0107736572766963650361706901", later),
        "report" => "0101610131" + "0E040610" + "0000000000000440" + "03" + Part("026F31640A020202733263", later) + Part("016F0101000100", later) + Part("017001010000", later) + "01" + Part("0162000000000000F03F02", later) + "08060402",
        "activations" => "0102" + Part("02616202", later) + Part("02C3A9AC02", later),
        "activations answer" => "0102" + Part("0161020005", later) + Part("016200", later),
        "copy" => "01026F31AC02070503" + "02" + Part("08" + "8098C296ED66" + "01FF", later) + Part("C8010100", later),
        "copy answer" => "01AC0209",
        _ => "010103BC05AC02D00F02" + Part("000101D80408746F6F206D616E79", later) + Part("040A060200", later),
    } + later;

    private const string ShopRequests = "010D73686F702E726571756573747302037265710400000000000004400605686F73740000000000C072408098C296ED668040";

    private static string Part(string hex, string later)
    {
        int length = (hex.Length + later.Length) / 2;
        return (length < 128 ? $"{length:X2}" : $"{(length & 0x7F) | 0x80:X2}{length >> 7:X2}") + hex + later;
    }
}
