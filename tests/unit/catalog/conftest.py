"""A small directory that is right in every respect; each test breaks what it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

PSB = """\
id = "psb"
name = { zh = "公安局", en = "Public Security" }

[sources.main]
kind = "postgres"
seconds = 30

[sources.main.options]
uri = "postgresql://fedquery_ro@psb.city/psb"
password = "env:PSB_PASSWORD"

[resources.resident]
title = { zh = "户籍人口", en = "Residents" }
description = { zh = "户籍人口登记", en = "The household register" }
source = "main"
table = ["public", "T_CZRK"]
update_cycle = "daily"
level = "general"
grade = 4
row_filter = "starts_with(district, :region)"

[resources.resident.sharing]
attribute = "conditional"
scope = "city departments"
use = "approval of benefits"

[resources.resident.columns.person_id]
physical = "GMSFHM"
type = "varchar"
declared = "character(18)"
nullable = false
key = true
identifier = "person_id"
grade = 4
forms = ["token", "join", "keep(1,1)"]
description = { zh = "公民身份号码", en = "Resident ID" }

[resources.resident.columns.birth_date]
physical = "CSRQ"
type = "date"
grade = 3
forms = ["truncate(month)", "verify", "clear"]
description = { zh = "出生日期", en = "Date of birth" }

[resources.resident.columns.district]
physical = "XZQH"
type = "varchar"
description = { zh = "户籍区划", en = "District" }

[resources.resident.columns.ethnicity]
physical = "MZ"
type = "varchar"
grade = 4
sensitive = true
forms = ["clear"]
description = { zh = "民族", en = "Ethnicity" }

[resources.resident.columns.ethnicity.sharing]
attribute = "not_shared"
reason = "no duty needs it"
legal_basis = { kind = "law", citation = "Personal Information Protection Law, Art. 28" }
"""

HEALTH = """\
id = "health"
name = { zh = "卫健委", en = "Health Commission" }

[sources.registers]
kind = "sqlite"

[sources.registers.options]
path = "health.db"

[resources.death]
title = { zh = "死亡医学证明", en = "Death certificates" }
description = { zh = "死亡医学证明登记", en = "Register of death certificates" }
source = "registers"
table = ["death"]
update_cycle = "daily"
level = "general"
grade = 4
row_filter = ":purpose IN ('pension_certification')"

[resources.death.sharing]
attribute = "conditional"
scope = "city departments"
use = "stopping benefits"

[resources.death.columns.person_id]
physical = "person_id"
type = "varchar"
identifier = "person_id"
forms = ["token", "join", "clear"]
description = { zh = "公民身份号码", en = "Resident ID" }

[resources.death.columns.died_on]
physical = "died_on"
type = "date"
description = { zh = "死亡日期", en = "Date of death" }

[resources.facility]
title = { zh = "医疗机构", en = "Facilities" }
description = { zh = "医疗机构名录", en = "List of medical facilities" }
source = "registers"
table = ["facility"]
update_cycle = "monthly"
level = "general"
grade = 1
sharing = { attribute = "unconditional" }

[resources.facility.columns.name]
physical = "name"
type = "varchar"
description = { zh = "名称", en = "Name" }
"""

PENSION = """\
id = "pension-check"
title = { zh = "养老待遇资格认证", en = "Pension certification" }
purpose = "pension_certification"
legal_basis = { zh = "《社会保险法》第十二条", en = "Social Insurance Law, Art. 12" }
scenario = { zh = "每月核验", en = "monthly check" }
scope = { zh = "全市养老金领取人", en = "pensioners of the city" }
valid_from = 2026-01-01
valid_to = 2027-01-01
grantees = ["department:hrss", "zhang"]

[lists]
case = ["C1", "C2"]

[resources."psb.resident"]
approval = { by = "psb sharing office", on = 2025-12-20 }
row_filter = "birth_date < DATE '1966-10-01' AND district = ANY(:case)"

[resources."psb.resident".columns]
person_id = "token"
birth_date = { form = "verify", rules = ["birth_date <= DATE '1946-10-01'"] }
district = "clear"

[resources."health.death"]
approval = { by = "health sharing office", on = 2025-12-20 }

[resources."health.death".columns]
person_id = "token"
died_on = "clear"
"""

GENERAL = """\
id = "open-directory"
title = { zh = "无条件共享", en = "Unconditional sharing" }
purpose = "general_use"
legal_basis = { zh = "国务院令第809号第十四条", en = "Decree 809, Art. 14" }
scenario = { zh = "履行职责", en = "any duty" }
scope = { zh = "无条件共享资源", en = "unconditional resources" }
valid_from = 2026-01-01
valid_to = 2027-01-01
grantees = ["all"]

[resources."health.facility"]
approval = { by = "health sharing office", on = 2025-12-20 }
columns = { name = "clear" }
"""

ACCOUNTS = """\
[accounts.zhang]
name = "张"
department = "psb"
roles = ["analyst"]
attributes = { region = "9901", districts = ["990102", "990103"] }

[accounts.root]
name = "Operator"
department = "health"
roles = ["platform"]
"""

HRSS = """\
id = "hrss"
name = { zh = "人社局", en = "Human Resources" }
"""

FILES = {
    "departments/psb.toml": PSB,
    "departments/health.toml": HEALTH,
    "departments/hrss.toml": HRSS,
    "grants/pension-check.toml": PENSION,
    "grants/open-directory.toml": GENERAL,
    "accounts.toml": ACCOUNTS,
}


@pytest.fixture
def files() -> dict[str, str]:
    """The directory's files by path; change them at will."""
    return dict(FILES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same on disk."""
    for name, text in FILES.items():
        path = tmp_path / "directory" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "directory"
