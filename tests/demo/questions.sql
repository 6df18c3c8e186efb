-- The sixteen questions of the demo city, each with the grant it is asked under.
-- Where a question had to be put otherwise than one would with all data in one hand, a line says why.

-- Q01 birth-service: births more than 30 days ago with no household registration yet
SELECT b.cert_no, b.child_name, b.born_on, b.district, m.full_name AS mother_name, m.mobile AS mother_mobile
FROM health.birth_certificate b
JOIN psb.resident m ON m.person_id = b.mother_id
LEFT JOIN psb.resident c ON c.person_id = b.child_person_id
WHERE c.person_id IS NULL AND b.born_on <= DATE '2026-10-01' - INTERVAL 30 DAY
ORDER BY b.born_on;

-- Q02 pension-certification: pensions still paid after a death event in any of three registers
SELECT p.person_id, p.pension_type, p.last_paid_month, p.monthly_amount,
       LEAST(d.died_on, f.died_on, r.cancel_date) AS earliest_death_signal
FROM hrss.pension_benefit p
LEFT JOIN health.death_certificate d ON d.person_id = p.person_id
LEFT JOIN civil.funeral_record f ON f.person_id = p.person_id
LEFT JOIN psb.resident r ON r.person_id = p.person_id AND r.cancel_reason = 'death'
WHERE p.pay_status = 'paying'
  AND strftime(COALESCE(LEAST(d.died_on, f.died_on, r.cancel_date), DATE '9999-12-31'), '%Y-%m') < p.last_paid_month
ORDER BY p.monthly_amount DESC;

-- Q03 pension-certification: certification about to lapse, but alive by another agency's activity record
-- The visit arrives as the first day of its month, which is all that "alive since" needs.
SELECT p.person_id, c.valid_until, MAX(v.visited_on) AS last_activity, 'data_match' AS proposed_method
FROM hrss.pension_benefit p
JOIN (SELECT person_id, MAX(valid_until) AS valid_until FROM hrss.pension_certification GROUP BY person_id) c USING (person_id)
JOIN health.outpatient_visit v ON v.person_id = p.person_id AND v.visited_on >= DATE '2026-10-01' - INTERVAL 180 DAY
WHERE p.pay_status = 'paying' AND c.valid_until < DATE '2026-11-01'
GROUP BY p.person_id, c.valid_until;

-- Q04 licence-supervision: licensed for more than 30 days, no tax registration
SELECT e.uscc, e.name, e.district, e.established_on
FROM amr.enterprise e LEFT JOIN tax.taxpayer t USING (uscc)
WHERE e.status = 'active' AND t.uscc IS NULL AND e.established_on <= DATE '2026-10-01' - INTERVAL 30 DAY
ORDER BY e.established_on;

-- Q05 licence-supervision: licence cancelled or revoked, yet VAT was filed for a later period
-- Amounts arrive as bands of 1000 yuan; their sum is a lower bound.
SELECT e.uscc, e.name, e.status, e.status_date, MAX(f.period) AS last_filed_period, SUM(f.declared_amount) AS declared_after
FROM amr.enterprise e JOIN tax.filing f ON f.uscc = e.uscc AND f.tax_type = 'VAT'
WHERE e.status IN ('cancelled', 'revoked') AND f.period > strftime(e.status_date, '%Y-%m')
GROUP BY ALL ORDER BY declared_after DESC;

-- Q06 interprovincial-service: permit holders with at least 12 paid months across both provinces
SELECT rp.person_id, rp.current_district, COALESCE(a.paid_months_12, 0) AS months_here, COALESCE(b.paid_months_12, 0) AS months_prov_b
FROM psb.residence_permit rp
LEFT JOIN hrss.insured_person a ON a.person_id = rp.person_id AND a.insurance_type = 'pension'
LEFT JOIN prov_b.insured_person b ON b.person_id = rp.person_id AND b.insurance_type = 'pension'
WHERE rp.valid_to >= DATE '2026-10-01' AND COALESCE(a.paid_months_12, 0) + COALESCE(b.paid_months_12, 0) >= 12;

-- Q07 elderly-allowance: aged 80 or more, registered here, alive, not yet receiving
SELECT r.person_id, r.full_name, r.mobile, date_diff('year', r.birth_date, DATE '2026-10-01') AS age, r.hukou_district
FROM psb.resident r
LEFT JOIN civil.elderly_allowance ea ON ea.person_id = r.person_id AND ea.status = 'paying'
LEFT JOIN health.death_certificate d ON d.person_id = r.person_id
WHERE r.residence_status = 'active' AND r.birth_date <= DATE '2026-10-01' - INTERVAL 80 YEAR
  AND ea.person_id IS NULL AND d.person_id IS NULL;

-- Q08 social-assistance: recipients with a second home, a shareholding or wages above the line
-- Wages are verified, not shown: MAX(wage_total) > 60000 is asked as bool_or(wage_total > 60000), which means the same.
SELECT a.family_no, a.applicant_id, COUNT(DISTINCT o.property_no) AS homes, COUNT(DISTINCT s.uscc) AS holdings,
       bool_or(w.wage_total > 60000) AS wage_over_line
FROM civil.min_living_allowance a
LEFT JOIN housing.property_ownership o ON o.owner_id = a.applicant_id AND o.status = 'valid'
LEFT JOIN amr.shareholder s ON s.holder_id = a.applicant_id
LEFT JOIN tax.wage_income w ON w.person_id = a.applicant_id AND w.tax_year = 2025
WHERE a.status = 'paying'
GROUP BY a.family_no, a.applicant_id
HAVING COUNT(DISTINCT o.property_no) >= 2 OR COUNT(DISTINCT s.uscc) >= 1 OR bool_or(w.wage_total > 60000);

-- Q09 housing-approval: pending applications, one row of yes/no checks from four departments
-- Wages are verified, not shown: COALESCE(wage_total, 0) <= 60000 is asked of the answer, not of the value.
SELECT p.app_no,
       r.person_id IS NOT NULL AS registered_here,
       NOT EXISTS (SELECT 1 FROM housing.property_ownership o WHERE o.owner_id = p.applicant_id AND o.status = 'valid') AS owns_no_home,
       COALESCE(w.wage_total <= 60000, TRUE) AS income_ok,
       EXISTS (SELECT 1 FROM civil.marriage_registration m
               WHERE m.status = 'married' AND p.applicant_id IN (m.person_id_a, m.person_id_b)) AS married
FROM housing.public_rental_application p
LEFT JOIN psb.resident r ON r.person_id = p.applicant_id AND r.residence_status = 'active'
LEFT JOIN tax.wage_income w ON w.person_id = p.applicant_id AND w.tax_year = 2025
WHERE p.status = 'pending';

-- Q10 tax-relief: entitled to relief, did not claim it
SELECT e.uscc, e.name, ei.insured_this_year, SUM(f.declared_amount) AS declared_12m
FROM amr.enterprise e
JOIN hrss.employer_insurance ei USING (uscc)
JOIN tax.filing f ON f.uscc = e.uscc AND f.tax_type = 'VAT' AND f.period BETWEEN '2025-10' AND '2026-09'
WHERE e.status = 'active' AND ei.insured_this_year <= 300
GROUP BY e.uscc, e.name, ei.insured_this_year
HAVING SUM(f.declared_amount) < 3000000 AND NOT bool_or(f.relief_claimed);

-- Q11 job-retention: lay-off rate within the line, licence active, credit not D, no contribution arrears
SELECT e.uscc, e.name, ei.insured_last_year, ROUND(100.0 * ei.laid_off_count / NULLIF(ei.insured_last_year, 0), 2) AS layoff_pct, cr.rating
FROM hrss.employer_insurance ei
JOIN amr.enterprise e ON e.uscc = ei.uscc AND e.status = 'active'
JOIN tax.credit_rating cr ON cr.uscc = ei.uscc AND cr.rating_year = 2025 AND cr.rating <> 'D'
WHERE ei.arrears = 0 AND ei.laid_off_count <= 0.055 * ei.insured_last_year;

-- Q12 statistics: births against household registrations by district and month, small cells left out
SELECT b.district, strftime(b.born_on, '%Y-%m') AS born_month, COUNT(*) AS births, COUNT(c.person_id) AS registered,
       ROUND(100.0 * COUNT(c.person_id) / COUNT(*), 1) AS registered_pct
FROM health.birth_certificate b LEFT JOIN psb.resident c ON c.person_id = b.child_person_id
GROUP BY ALL HAVING COUNT(*) >= 10 ORDER BY 1, 2;

-- Q13 correction: birth dates that differ between the household register and social insurance
SELECT i.person_id, r.birth_date AS psb_birth_date, i.birth_date AS hrss_birth_date
FROM hrss.insured_person i JOIN psb.resident r USING (person_id)
WHERE i.birth_date IS DISTINCT FROM r.birth_date;

-- Q14 credit-supervision: representatives of abnormal firms who also represent active firms in province B
SELECT e.legal_rep_id, COUNT(DISTINCT e.uscc) AS firms_here, COUNT(DISTINCT x.uscc) AS firms_prov_b
FROM amr.abnormal_list al JOIN amr.enterprise e USING (uscc)
JOIN prov_b.enterprise x ON x.legal_rep_id = e.legal_rep_id AND x.status = 'active'
WHERE al.removed_on IS NULL GROUP BY e.legal_rep_id;

-- Q15 backflow: the same text, asked by the city and by district 990102, has different rows
SELECT r.hukou_district, COUNT(*) AS residents, COUNT(*) FILTER (WHERE r.birth_date <= DATE '1966-10-01') AS aged_60_plus
FROM psb.resident r WHERE r.residence_status = 'active' GROUP BY r.hukou_district ORDER BY 1;

-- Q16 rental-check: rental contracts running past the tenant's registered death
SELECT rf.contract_no, rf.property_no, d.died_on, rf.end_on
FROM housing.rental_filing rf JOIN health.death_certificate d ON d.person_id = rf.tenant_id
WHERE rf.end_on > d.died_on;
