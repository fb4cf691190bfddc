"""Mistakes that one can make in a screen, each made in a copy of a real one."""

from __future__ import annotations

from .mutating import Mutation

__all__ = ["MUTATIONS"]

_MAIN, _HEADER, _DATA, _QUEUE_ROW, _ENTRY = "main.bob", "header.bob", "data.bob", "queue_row.bob", "plan_parameter.bob"
_ON_UID = '<exp bool_exp="pvStr0 != &quot;&quot;">'

_FORM = [
    ("indentation", _MAIN, "Abort", "    <actions>", "   <actions>", r"would write '    <actions>'"),
    ("a comment", _MAIN, "", "  <width>", "  <!-- wide -->\n  <width>", r"would write '  <width>"),
    ("a short end tag", _MAIN, "state ground", r">\s*</color>", "/>", r"Phoebus would write '.*<color"),
    (
        "no newline at the end",
        _MAIN,
        "",
        r"</display>\n$",
        "</display>",
        "Phoebus would write '' here, not '<the end>'",
    ),
    ("the display's version", _MAIN, "", '<display version="2.0.0">', '<display version="1.0.0">', "it begins with"),
    ("a default", _MAIN, "Abort", "    <x>", "    <visible>true</visible>\n    <x>", "<visible> is the default"),
    (
        "a default color",
        _MAIN,
        "state",
        r"<foreground_color>\s*<color[^>]*>",
        '<foreground_color>\n      <color name="Text" red="0" green="0" blue="0">',
        "<foreground_color> is the default",
    ),
    ("order", _MAIN, "Abort", r"(    <text>.*\n)(    <x>.*\n)", r"\2\1", "<text> comes before <x>"),
    ("a property twice", _MAIN, "Abort", "    <text>", "    <text>End</text>\n    <text>", "<text> is there 2 times"),
    (
        "an unknown property",
        _MAIN,
        "Abort",
        "tooltip>.*</tooltip>",
        "tool_tip>Ends it</tool_tip>",
        "no property 'tool_tip'",
    ),
    ("an unknown widget", _MAIN, "Abort", 'type="action_button"', 'type="push_button"', "no widget 'push_button'"),
    ("a version", _MAIN, "Abort", 'version="3.0.0"', 'version="2.0.0"', "action_button is version 3.0.0, not 2.0.0"),
    ("what the web does not draw", _MAIN, "run progress", 'type="progressbar"', 'type="tabs"', "do not draw a tabs"),
    ("a name twice", _MAIN, "Abort", "<name>Abort<", "<name>Halt<", "2 widgets have this name"),
    ("no name", _MAIN, "Abort", "    <name>Abort</name>\n", "", "without a <name>"),
    ("a script", _MAIN, "Abort", "    <tooltip>", "    <scripts>\n    </scripts>\n    <tooltip>", "no scripts"),
    ("too large a screen", _MAIN, "", "<width>1200<", "<width>1300<", "larger than 1200"),
]
_VALUES = [
    ("a bool", _MAIN, "Abort", "<enabled>false<", "<enabled>no<", "<enabled> is true or false"),
    ("a whole number", _MAIN, "Abort", "<width>.*<", "<width>85.5<", "<width> is a whole number"),
    ("a double", _DATA, "curves", "<minimum>[^<]*<", "<minimum>0<", "decimal point, such as 1.0"),
    (
        "a number of a label",
        _MAIN,
        "run parameters",
        "<format>6<",
        "<format>12<",
        "<format> is the number of one of: 0",
    ),
    (
        "a label for its number",
        _MAIN,
        "run parameters",
        "<format>6<",
        "<format>String<",
        "<format> is the number of one",
    ),
    ("a color's part", _MAIN, "state ground", 'red="160"', 'red="260"', "are 0 to 255"),
    ("a color's name", _HEADER, "bar", 'name="Header_Background"', 'name="Header"', "no color is called 'Header'"),
    ("a named color's RGB", _HEADER, "bar", 'red="77"', 'red="78"', r"Header_Background is \(77, 77, 77\)"),
    ("a font's name", _HEADER, "title", 'name="Header 1"', 'name="Header 9"', "no font is called 'Header 9'"),
    ("a named font's size", _HEADER, "title", 'size="22.0"', 'size="23.0"', "the font Header 1 is"),
    ("a font's style", _HEADER, "title", 'style="BOLD"', 'style="FAT"', "style of a font is one of"),
    ("points", _MAIN, "state square 1", r'<point x="[^"]*"', '<point x="7"', "with decimal points"),
    ("a part of a structure", _DATA, "curves", r"        <x_pv>.*\n", "", "<trace> has, in this order: name, x_pv"),
]
_ACTIONS_AND_RULES = [
    ("an action", _MAIN, "Abort", 'type="write_pv"', 'type="put_pv"', "an action is .* not 'put_pv'"),
    ("a command of the system", _MAIN, "Abort", 'type="write_pv"', 'type="command"', "no action command"),
    (
        "no value",
        _MAIN,
        "Abort",
        r"        <value>.*\n",
        "",
        "write_pv has, in this order: description, pv_name, value",
    ),
    ("a target", _HEADER, "to Plan", "<target>.*<", "<target>pane<", "<target> is one of replace, tab"),
    ("a rule's property", _MAIN, "Abort", 'prop_id="enabled"', 'prop_id="active"', "no property 'active' for rules"),
    ("a rule's PV", _MAIN, "Abort", "pv0 == 1", "pv1 == 1", "pv1 is used, and there are 1 PVs"),
    ("a rule's unused PV", _MAIN, "Abort", "(        <pv_name>.*CanStop.*\n)", r"\1\1", "pv1, .*, is not used"),
    ("an assignment", _MAIN, "Abort", "pv0 == 1", "pv0 = 1", "neither pv0, pvInt0, pvStr0 nor"),
    ("a computation", _MAIN, "Abort", "pv0 == 1", "pv0 + 1", "neither pv0, pvInt0, pvStr0 nor"),
    ("a rule's value", _MAIN, "Abort", "<value>true<", "<value>on<", "<value> is true or false"),
    ("an expression for a value", _MAIN, "Abort", 'out_exp="false"', 'out_exp="true"', "a rule gives values"),
    (
        "a rule that the web lacks",
        _MAIN,
        "suspender 3",
        r"(    <height>.*\n)",
        r"""\1    <rules>
      <rule name="visible" prop_id="visible" out_exp="false">
        <exp bool_exp="pv0 == 0">
          <value>false</value>
        </exp>
        <pv_name>$(P)$(R)Susp:Count</pv_name>
      </rule>
    </rules>
""",
        "web renderers know no visible rule of a embedded",
    ),
    (
        "a state that is none",
        _MAIN,
        "state ground",
        "pv0 == 9",
        "pv0 == 10",
        "is never 10: State has the states 0 to 9",
    ),
    ("a label that is none", _MAIN, "state ground", "pv0 == 9", "pvStr0 == &quot;off&quot;", "pvStr0 is never 'off'"),
    (
        "the number of a text",
        _QUEUE_ROW,
        "waiting",
        _ON_UID,
        '<exp bool_exp="pv0 != 0">',
        "Uid is a text: compare pvStr0",
    ),
    ("a long text", _MAIN, "state ground", r"R\)State<", "R)Message<", "pv0 is an array, Message"),
]
_MACROS_AND_FILES = [
    ("a macro that nobody gives", _MAIN, "state", r"\$\(R\)State", "$(Q)State", r"nobody gives the macro Q"),
    (
        "a macro that wins",
        _QUEUE_ROW,
        "",
        "  <width>",
        "  <macros>\n    <N>1</N>\n  </macros>\n  <width>",
        "wins in Phoebus",
    ),
    ("a file", _HEADER, "to Plan", "plan.bob", "plans.bob", "there is no screen 'plans.bob'"),
    (
        "a ring",
        _QUEUE_ROW,
        "",
        r"(?s)(  <widget )",
        r"""  <widget type="embedded" version="2.0.0">
    <name>again</name>
    <file>queue_row.bob</file>
    <width>10</width>
    <height>10</height>
  </widget>
\1""",
        "embedded in itself: queue.bob|embedded in itself: .*queue_row.bob → queue_row.bob",
    ),
]
_PVS = [
    ("a PV", _MAIN, "state", r"\$\(R\)State", "$(R)Status", "no PV is called DEMO:RE:Status"),
    ("a PV of a row", _QUEUE_ROW, "plan", ":Plan<", ":Plans<", "no PV is called DEMO:RE:Queue:Row1:Plans"),
    ("a PV of a rule", _MAIN, "Abort", "CanStop", "CanAbort", "no PV is called DEMO:RE:CanAbort"),
    ("a display that is written", _ENTRY, "given", ":Value<", ":Error<", "P1:Error is a display, which no client"),
    (
        "a label",
        _MAIN,
        "Abort",
        "<value>Abort<",
        "<value>Ábort<",
        "'Ábort' cannot be written to .*: it takes Done, Abort",
    ),
    ("a number for a label", _MAIN, "Abort", "<value>Abort<", "<value>1<", "'1' cannot be written"),
    ("no format for a long text", _MAIN, "run parameters", r"    <format>6</format>\n", "", "is a long text: it needs"),
    (
        "that format for a number",
        _MAIN,
        "run scan",
        r"(    <(?:precision|show_units|horiz|vert|wrap|rules|tooltip))",
        r"    <format>6</format>\n\1",
        "is no text: <format>6</format> is for those",
    ),
    (
        "no number",
        _MAIN,
        "run progress",
        "Run:Progress",
        "Run:Plan",
        "Run:Plan is no number, which a progressbar shows",
    ),
    ("no curve", _DATA, "curves", "Data:Y<", "Data:Max<", "Data:Max is not an array of numbers"),
    ("no choice", "queue.bob", "on failure", "Queue:OnFailure", "Queue:Remove", "Remove has no states to choose from"),
    ("no item", "plan.bob", "choose plan", "<item>scan<", f"<item>{'scan' * 10}<", "holds 39 bytes"),
]
_PLACES = [
    ("an overlap", _MAIN, "Halt", "<x>.*<", "<x>410<", "it covers 'Abort'"),
    ("out of the screen", _MAIN, "Halt", "<x>.*<", "<x>1190<", "and the screen has 0…1200"),
    ("out of its group", _QUEUE_ROW, "plan", "<x>.*<", "<x>1100<", "and the group waiting has"),
    ("too small for what it embeds", "queue.bob", "header", "<height>90<", "<height>80<", "header.bob is 1200 × 90"),
    ("too low for its font", _MAIN, "Abort", "<height>.*<", "<height>12<", "size 14 needs a height of 17"),
    (
        "too narrow for its words",
        _MAIN,
        "Abort",
        "<text>.*<",
        "<text>Abort-the-plan<",
        "'Abort-the-plan' .* does not fit",
    ),
]
_GUARDS = [
    (
        "a command without a rule",
        _MAIN,
        "Abort",
        r"(?s)    <rules>.*</rules>\n",
        "",
        "while it would be refused.*CanStop",
    ),
    ("a rule on another PV", _MAIN, "Abort", "CanStop", "CanStart", "while it would be refused.*CanStop"),
    ("a rule the other way round", _MAIN, "Abort", "pv0 == 1", "pv0 == 0", "while DEMO:RE:CanStop says no"),
    (
        "a rule that is never so",
        _MAIN,
        "Abort",
        "pv0 == 1",
        "pv0 == 1 &amp;&amp; pv0 == 0",
        "Abort can never be pressed",
    ),
    (
        "a row that may be empty",
        _QUEUE_ROW,
        "waiting",
        _ON_UID,
        '<exp bool_exp="pvStr0 == &quot;&quot;">',
        "Queue:Remove can be pressed while DEMO:RE:Queue:Row1:Uid says no",
    ),
    ("no confirmation", _MAIN, "Halt", r"    <show_confirm_dialog>.*\n", "", "Halt asks again"),
    ("no tooltip", _MAIN, "Halt", r"    <tooltip>.*\n", "", "a button that writes has a tooltip"),
    ("a button without its PV", _MAIN, "Halt", r"\n    <pv_name>.*", "", "web renderers write only PVs"),
]

_STATE_3 = r'(?s)        <exp bool_exp="pv0 == 3">\s*<value>paused.*?</exp>\n'
_EFFECTS = [
    ("no size", _MAIN, "run plan", "<width>190<", "<width>0<", "nobody sees what is 0 × 26"),
    ("never seen", _MAIN, "run plan", "    <font>", "    <visible>false</visible>\n    <font>", "it is never visible"),
    (
        "a point outside",
        _MAIN,
        "state cross 1",
        '<point x="3.6"',
        '<point x="73.6"',
        "a point is outside of its 72 × 72",
    ),
    ("a button without words", _MAIN, "Abort", "<text>.*<", "<text> <", "a button without words"),
    ("a question without words", _MAIN, "Halt", "    <confirm_message>.*\n", "", "it asks, and does not say what"),
    ("a condition twice", _MAIN, "state", "pv0 == 3", "pv0 == 2", "'pv0 == 2' is asked twice"),
    ("a rule for nothing", _QUEUE_ROW, "Remove", "<value>true<", "<value>false<", "a rule that changes nothing"),
    ("a row twice", "queue.bob", "waiting 2", "<N>2<", "<N>1<", "it leads to the same as 'waiting 1'"),
    ("a way twice", _HEADER, "to Plan", "plan.bob", "queue.bob", "it leads to the same as 'to Plan'"),
    ("a state that is not named", _MAIN, "state", _STATE_3, "", "it says nothing of State when that is paused"),
    ("the name of another state", _MAIN, "state", "<value>paused<", "<value>running<", "is paused, not running"),
    ("a tooltip's PV", "plan.bob", "plan doc", "PV Plan:Doc", "PV Plan:Docs", "no PV is called DEMO:RE:Plan:Docs"),
    (
        "words of a rule",
        "plan.bob",
        "why not",
        "see what is wrong",
        "look at all that is said in the column of what is wrong",
        "does not fit",
    ),
]

MUTATIONS = [
    Mutation(*each)
    for each in (*_FORM, *_VALUES, *_ACTIONS_AND_RULES, *_MACROS_AND_FILES, *_PVS, *_PLACES, *_GUARDS, *_EFFECTS)
]
