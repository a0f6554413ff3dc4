"""Changes of a refusal that change no ruling, each with its reason. They are not tried."""

EQUIVALENT = {
    "hooks.policy.programs.calls call_rule: false `not matcher.may_speak_of(command.arguments)`": (
        "It only saves the work of reading the call closely: `speaks_of` compares the same subcommands and verbs."
    ),
}
