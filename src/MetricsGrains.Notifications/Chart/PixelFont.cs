namespace MetricsGrains.Notifications.Chart;

/// <summary>Letters of five by seven pixels: those that numbers and times need.</summary>
internal static class PixelFont
{
    public const int GlyphWidth = 5;

    public const int GlyphHeight = 7;

    private const int Advance = GlyphWidth + 1;

    private static readonly Dictionary<char, string[]> s_glyphs = new()
    {
        ['0'] = [" ### ", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "],
        ['1'] = ["  #  ", " ##  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "],
        ['2'] = [" ### ", "#   #", "    #", "   # ", "  #  ", " #   ", "#####"],
        ['3'] = [" ### ", "#   #", "    #", "  ## ", "    #", "#   #", " ### "],
        ['4'] = ["   # ", "  ## ", " # # ", "#  # ", "#####", "   # ", "   # "],
        ['5'] = ["#####", "#    ", "#### ", "    #", "    #", "#   #", " ### "],
        ['6'] = [" ### ", "#    ", "#    ", "#### ", "#   #", "#   #", " ### "],
        ['7'] = ["#####", "    #", "   # ", "  #  ", "  #  ", " #   ", " #   "],
        ['8'] = [" ### ", "#   #", "#   #", " ### ", "#   #", "#   #", " ### "],
        ['9'] = [" ### ", "#   #", "#   #", " ####", "    #", "    #", " ### "],
        ['.'] = ["     ", "     ", "     ", "     ", "     ", " ##  ", " ##  "],
        [':'] = ["     ", " ##  ", " ##  ", "     ", " ##  ", " ##  ", "     "],
        ['-'] = ["     ", "     ", "     ", "#####", "     ", "     ", "     "],
        ['k'] = ["#    ", "#    ", "#  # ", "# #  ", "##   ", "# #  ", "#  # "],
        ['M'] = ["#   #", "## ##", "# # #", "# # #", "#   #", "#   #", "#   #"],
        ['G'] = [" ### ", "#   #", "#    ", "# ###", "#   #", "#   #", " ### "],
        ['T'] = ["#####", "  #  ", "  #  ", "  #  ", "  #  ", "  #  ", "  #  "],
        ['P'] = ["#### ", "#   #", "#   #", "#### ", "#    ", "#    ", "#    "],
        ['m'] = ["     ", "     ", "## # ", "# # #", "# # #", "# # #", "# # #"],
        ['u'] = ["     ", "     ", "#   #", "#   #", "#   #", "#  ##", " ## #"],
        ['n'] = ["     ", "     ", "# ## ", "##  #", "#   #", "#   #", "#   #"],
        ['U'] = ["#   #", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "],
        ['C'] = [" ### ", "#   #", "#    ", "#    ", "#    ", "#   #", " ### "],
        ['E'] = ["#####", "#    ", "#    ", "#### ", "#    ", "#    ", "#####"],
        [' '] = ["     ", "     ", "     ", "     ", "     ", "     ", "     "],
    };

    /// <returns>Pixels.</returns>
    public static int WidthOf(string text, int scale) => Math.Max((text.Length * Advance) - 1, 0) * scale;

    /// <param name="x">The text's left edge.</param>
    /// <param name="y">Its upper edge.</param>
    /// <param name="scale">Pixels a pixel of the font takes.</param>
    public static void Draw(Canvas canvas, int x, int y, string text, int scale, Colour colour)
    {
        for (int i = 0; i < text.Length; i++)
        {
            string[] glyph = s_glyphs.GetValueOrDefault(text[i], s_glyphs['-']);
            for (int row = 0; row < GlyphHeight; row++)
            {
                for (int column = 0; column < GlyphWidth; column++)
                {
                    if (glyph[row][column] == '#')
                    {
                        int left = x + (((i * Advance) + column) * scale), top = y + (row * scale);
                        canvas.Fill(left, top, left + scale, top + scale, colour);
                    }
                }
            }
        }
    }
}
