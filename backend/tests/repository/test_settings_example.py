"""`.env.example` lists exactly the settings that the services read."""

import re

from pydantic import AliasChoices

from tests.repository.commands import ROOT
from todo.runtime.settings import Settings, load_settings

EXAMPLE = (ROOT / ".env.example").read_text()


def test_the_example_names_every_setting_and_no_other() -> None:
    aliases = [field.validation_alias for field in Settings.model_fields.values()]
    names = {str(alias.choices[0]) for alias in aliases if isinstance(alias, AliasChoices)}
    assert len(names) == len(aliases)
    assert set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.M)) == names


def test_what_the_example_sets_is_the_default() -> None:
    given = dict(re.findall(r"^([A-Z_]+)=(.*?)(?:\s+#.*)?$", EXAMPLE, re.M))
    without_file = {"_env_file": None}
    assert load_settings(**without_file, **given) == load_settings(**without_file)
